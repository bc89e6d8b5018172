"""The rows of a database, held still for a run: fetched once, seen by all of it, gone at its end."""

import sqlite3

import pytest

from pipeline.errors import ConfigError, DataError, StoreError
from pipeline.execution import sweep
from pipeline.preflight import check_inputs
from pipeline.snapshots import held, place_of, within_run
from tables import marked
from tables.rows import digest_of
from tests.holding import held_by_another
from tests.pipeline.metadata_store import configuration
from tests.pipeline.test_execution import HOLD, lock_of

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


def test_a_run_sees_the_rows_as_they_were_when_it_began(config, tmp_path):
    with held(config) as reading:
        fill(tmp_path, [(1.0, 0)])
        assert check_inputs(reading).rows == 200
        with held(reading) as again:
            assert again is reading
        assert within_run(config).input == reading.input
    assert not place_of(config).exists()
    with held(config) as reading, pytest.raises(DataError, match="two classes or more"):
        check_inputs(reading)


def test_the_digest_goes_by_the_rows_and_not_by_their_order(config, tmp_path):
    rows, digests = [(float(number), number % 2) for number in range(50)], []
    for content in (rows, rows[::-1], rows[1:]):
        fill(tmp_path, content)
        with held(config) as reading:
            digests.append(digest_of(reading.input))
    assert digests[0] == digests[1] != digests[2]


def test_files_are_read_where_they_are(tmp_path):
    config = configuration(tmp_path)
    with held(config) as reading:
        assert reading is config
    assert within_run(config) is config
    assert [path.name for path in tmp_path.iterdir()] == ["pipeline.toml"]


def test_nothing_is_fetched_while_another_run_is_under_way(config):
    config.path("state").mkdir()
    with (
        held_by_another(HOLD.format(file=lock_of(config))),
        pytest.raises(StoreError, match="one that is under way"),
        held(config),
    ):
        pass
    assert not place_of(config).exists()


def test_a_state_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "taken").touch()
    config = configuration(tmp_path, *SETTINGS, "state.directory=taken/state")
    with pytest.raises(ConfigError, match="state.directory: .*expected a folder that can be written"), held(config):
        pass


def test_rows_that_cannot_be_fetched_leave_nothing(tmp_path):
    config = configuration(tmp_path, *SETTINGS)
    with pytest.raises(DataError, match="no such file"), held(config):
        pass
    assert [path.name for path in config.path("state").iterdir() if path.is_dir()] == []


def test_what_a_killed_run_left_is_swept_by_the_next_of_any_source(tmp_path):
    config = configuration(tmp_path)
    marked.make(place_of(config))
    (place_of(config) / "rows.parquet").touch()
    sweep(config)
    assert not place_of(config).exists()
