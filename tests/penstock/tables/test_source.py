"""Opening a source: its rows, its quarantine, and no temporary file is left afterwards."""

import sqlite3
import tempfile

import pytest

from penstock.core.errors import DataError
from penstock.tables.input import Input
from penstock.tables.source import open_table


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("a,b\n1,x\n2,y\nthree,z\n4,z\n5,z\n6\n")
    return file


@pytest.fixture
def database(tmp_path):
    place = tmp_path / "rows.sqlite"
    with sqlite3.connect(place) as connection:
        connection.execute("CREATE TABLE trips (a, b)")
        connection.executemany("INSERT INTO trips VALUES (?, ?)", [(1, "x"), (2, "y")])
    connection.close()
    return Input(f"sqlite:///{place}", "SELECT a FROM trips WHERE a > 1")


def test_rows_that_are_malformed_or_no_number_are_quarantined_if_configured(file, tmp_path):
    source = Input(str(file), quarantine=str(tmp_path / "quarantine"), roles={"a": "numeric"})
    with open_table(source) as table:
        assert table.select("a, b") == [(1, "x"), (2, "y"), (4, "z"), (5, "z")]
        assert (table.separated.valid_rows, table.separated.quarantined) == (4, 2)


def test_malformed_row_is_refused_without_a_quarantine(file):
    with pytest.raises(DataError, match=r"rows\.csv, line 7: expected 2 values"), open_table(str(file)):
        pass


def test_query_of_a_database_is_applied_by_the_database_alone(database, temporary):
    with open_table(database) as table:
        assert (table.query, table.is_remote, table.select("*")) == (None, True, [(2,)])


@pytest.mark.parametrize("fails", [False, True])
def test_no_fetched_or_quarantined_rows_are_left_in_temporary_folders(file, database, temporary, fails):
    given = [database, Input(str(file), quarantine=str(temporary.parent / "quarantine"))]
    for source in given:
        with open_table(source) as table:
            assert table.rows()
            assert list(temporary.iterdir())
            if fails:
                with pytest.raises(DataError):
                    table.select("none")
        assert list(temporary.iterdir()) == []
