"""The rows of an input as files: its own, a snapshot's, or fetched temporarily."""

import sqlite3

import pytest

from penstock.core.errors import DataError
from penstock.tables.checks import check
from penstock.tables.databases.snapshot import take
from penstock.tables.files.find import contents, digest, find
from penstock.tables.input import Input
from penstock.tables.rows import digest_of, files_of
from penstock.tables.source import open_table


@pytest.fixture
def database(tmp_path):
    with sqlite3.connect(tmp_path / "rows.db") as connection:
        connection.execute("CREATE TABLE trips (miles REAL, paid TEXT, tip INTEGER)")
        connection.executemany("INSERT INTO trips VALUES (?, ?, ?)", [(n / 2, f"p{n % 3}", n % 2) for n in range(99)])
    connection.close()
    return Input(f"sqlite:///{tmp_path}/rows.db", table="trips")


def test_files_are_named_by_their_contents(tmp_path):
    (tmp_path / "rows.csv").write_text("a\n1\n")
    source = Input(str(tmp_path))
    assert digest_of(source) == digest(contents(find(str(tmp_path))))
    with files_of(source) as files:
        assert files.paths == (tmp_path / "rows.csv",)


def test_rows_of_a_database_are_read_from_its_snapshot(database, tmp_path):
    take(database, tmp_path / "kept")
    kept = Input(database.source, table="trips", snapshot=str(tmp_path / "kept"))
    assert digest_of(kept) == digest_of(database)
    (tmp_path / "rows.db").unlink()
    with open_table(kept) as table:
        assert (table.rows(), table.is_remote) == (99, True)
        assert table.name == f"the table trips of {database.source}"


def test_rows_of_a_database_without_a_snapshot_are_fetched_temporarily(database):
    with open_table(database) as table:
        assert [column.kind for column in table.columns] == ["number", "text", "integer"]
        [path] = table.files.paths
        assert path.is_file()
    assert not path.exists()


@pytest.mark.parametrize(
    ("feature", "label", "words"),
    [
        (("paid", "numeric"), "tip", ["the table trips of sqlite", "'paid'", "by the functions of the database"]),
        (("miles", "numeric"), "paid", ["the label 'paid'", 'such as "paid" = \'p2\' AS "paid"']),
        (("mile", "numeric"), "tip", ["expected a column of the table trips of sqlite", "'miles'"]),
    ],
)
def test_remedies_for_a_database_do_not_use_the_sql_of_another(database, feature, label, words):
    from penstock.core.features import Feature, FeatureSpec

    spec = FeatureSpec(label=label, task="binary", features=(Feature(*feature),), vocabulary_size=10)
    with pytest.raises(DataError) as refused:
        check(database, spec=spec)
    for word in words:
        assert word in str(refused.value)
    assert "source" not in str(refused.value)
