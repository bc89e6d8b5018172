"""The snapshot of a database: fetched once, read by all of a run, removed at its end."""

import sqlite3

import pytest

from penstock.core import marked_folders
from penstock.core.errors import DataError
from penstock.tables.rows import digest_of
from pipeline.preflight import check_inputs
from pipeline.session import sweep
from pipeline.snapshots import snapshot, snapshot_folder, with_snapshot
from tests.metadata_store import configuration

SETTINGS = ("data.source=sqlite:///rows.db", "data.table=trips")


def fill(folder, rows):
    with sqlite3.connect(folder / "rows.db") as connection:
        connection.execute("DROP TABLE IF EXISTS trips")
        connection.execute("CREATE TABLE trips (miles REAL, tip INTEGER)")
        connection.executemany("INSERT INTO trips VALUES (?, ?)", rows)
    connection.close()


@pytest.fixture
def config(tmp_path):
    fill(tmp_path, [(number / 2, number % 2) for number in range(200)])
    return configuration(tmp_path, *SETTINGS)


def test_run_reads_the_rows_that_the_database_had_at_its_start(config, tmp_path):
    names = []
    with snapshot(config, names.append) as reading:
        fill(tmp_path, [(1.0, 0)])
        assert check_inputs(reading).rows == 200
        assert with_snapshot(config, snapshot_folder(config)).input == reading.input
    assert names == [config.input.name]
    assert not snapshot_folder(config).exists()
    with snapshot(config) as reading, pytest.raises(DataError, match="two classes or more"):
        check_inputs(reading)


def test_digest_depends_on_the_rows_and_not_on_their_order(config, tmp_path):
    rows, digests = [(float(number), number % 2) for number in range(50)], []
    for content in (rows, rows[::-1], rows[1:]):
        fill(tmp_path, content)
        with snapshot(config) as reading:
            digests.append(digest_of(reading.input))
    assert digests[0] == digests[1] != digests[2]


def test_files_are_read_without_a_snapshot(tmp_path):
    config = configuration(tmp_path)
    with snapshot(config, pytest.fail) as reading:
        assert reading is config
    assert with_snapshot(config, snapshot_folder(config)) is config
    assert [path.name for path in tmp_path.iterdir()] == ["pipeline.toml"]


def test_failed_fetch_leaves_nothing(tmp_path):
    config = configuration(tmp_path, *SETTINGS)
    config.path("state").mkdir()
    with pytest.raises(DataError, match="no such file"), snapshot(config):
        pass
    assert [path.name for path in config.path("state").iterdir() if path.is_dir()] == []


def test_snapshot_of_a_killed_run_is_removed_by_the_next_run_of_any_source(tmp_path):
    config = configuration(tmp_path)
    marked_folders.make(snapshot_folder(config))
    (snapshot_folder(config) / "rows.parquet").touch()
    sweep(config)
    assert not snapshot_folder(config).exists()
