"""The key of a run: what changes it, and what does not. That a run is repeated by it is tested with whole runs."""

import sqlite3

import pytest

from pipeline.errors import DataError
from pipeline.plan import RunOptions
from pipeline.snapshots import held
from pipeline.unchanged import key, note_start
from tests.file_limit import file_limit
from tests.pipeline.metadata_store import configuration
from tests.pipeline.test_snapshots import SETTINGS, fill
from tests.servers import PASSWORD

ROWS = [(float(number), number % 2) for number in range(20)]


@pytest.fixture
def key_of(tmp_path):
    def of(*settings):
        with held(configuration(tmp_path, *SETTINGS, *settings)) as config:
            return key(config)

    fill(tmp_path, ROWS)
    return of


def test_key_goes_by_the_rows_of_a_database_and_by_how_they_are_asked_for(tmp_path, key_of):
    before = key_of()
    fill(tmp_path, ROWS[::-1])
    assert key_of() == before
    assert key_of("data.split.eval=0.2") != before
    with sqlite3.connect(tmp_path / "rows.db") as connection:
        connection.execute("UPDATE trips SET miles = 7.5 WHERE miles = 7")
    connection.close()
    assert key_of() != before


def test_key_is_the_same_wherever_the_password_comes_from(postgresql, tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    postgresql.execute("CREATE TABLE keyed AS SELECT 1.5::float8 AS miles, 1 AS tip")
    try:
        keys = []
        for url in (postgresql.url, postgresql.shown):
            with held(configuration(tmp_path, f"data.source={url}", "data.table=keyed")) as config:
                keys.append(key(config))
    finally:
        postgresql.execute("DROP TABLE keyed")
    assert keys[0] == keys[1]


def test_key_that_the_disk_does_not_take_is_one_sentence_and_leaves_nothing(tmp_path):
    config = configuration(tmp_path)
    with pytest.raises(DataError) as caught, file_limit(10):
        note_start(config, RunOptions("20260101-000001"), "key" * 20)
    assert str(caught.value).startswith(f"the folder {tmp_path / 'state' / 'keys'}: expected room for what is written")
    assert list((tmp_path / "state" / "keys").iterdir()) == []
