import sqlite3
import threading
from contextlib import closing

import pytest

from penstock.core.errors import StoreError
from penstock.registry.database import sqlite


@pytest.fixture
def file(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection:
        connection.execute("CREATE TABLE rows (id INTEGER)")
    return tmp_path / "a.sqlite"


def test_new_connection_writes_ahead_to_a_log_waits_for_the_disk_and_checks_references(file):
    with closing(sqlite3.connect(file)) as connection:
        sqlite.prepare(connection, file)
        names = ("journal_mode", "synchronous", "foreign_keys")
        found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
    assert found == ["wal", 2, 1]
    assert file.stat().st_mode & 0o077 == 0


def test_writer_begins_when_the_other_has_ended(file):
    with closing(sqlite3.connect(file)) as one, closing(sqlite3.connect(file, check_same_thread=False)) as two:
        sqlite.prepare(one, file), sqlite.prepare(two, file)
        assert sqlite.has_begun(one)
        begun = []
        waiting = threading.Thread(target=lambda: begun.append(sqlite.has_begun(two)))
        waiting.start()
        one.execute("INSERT INTO rows VALUES (1)")
        assert begun == []
        one.execute("COMMIT")
        waiting.join(60)
        assert begun == [True]
        assert two.execute("SELECT * FROM rows").fetchall() == [(1,)]


def test_writer_that_waited_in_vain_or_met_an_error_has_not_begun(file, monkeypatch):
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0)
    with closing(sqlite3.connect(file)) as one, closing(sqlite3.connect(file)) as two:
        sqlite.prepare(one, file), sqlite.prepare(two, file)
        assert sqlite.has_begun(one)
        assert not sqlite.has_begun(two)
        assert not sqlite.has_begun(one)  # it is in a transaction
        with sqlite.turn(file), pytest.raises(StoreError, match="another thread has locked"), sqlite.turn(file):
            pass


@pytest.mark.parametrize(
    ("reason", "is_file", "message"),
    [
        ("database is locked", True, "received one that another process has locked for 30 s; wait for that process"),
        ("database disk image is malformed", True, "received database disk image is malformed; set registry.uri to"),
        ("the row is locked", False, "received the row is locked; start the server, or change registry.uri"),
    ],
)
def test_error_of_the_database_is_one_sentence_with_its_remedy(reason, is_file, message):
    assert message in str(sqlite.refusal("a.sqlite", reason, is_file=is_file))
