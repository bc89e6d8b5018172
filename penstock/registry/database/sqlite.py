"""How every connection to an SQLite file of a registry is set up, and how its writers take turns.

SQLAlchemy's connections and those of Python's own driver share this.
"""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from penstock.core.errors import StoreError
from penstock.core.privacy import make_private, private
from penstock.registry.database.turns import Turns

# SQLite waits this long for another writer.
WAIT_SECONDS = 30
NOW = "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"
# Between two attempts to get the turn.
_RETRY_SECONDS = (0.001, 0.006)
_TURNS: dict[Path, Turns] = {}


def prepare(connection: Any, file: Path) -> None:
    """Set up a new connection of Python's driver."""
    # Transactions are begun explicitly: the driver would begin one only before the first statement that writes.
    connection.isolation_level = None
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")
    make_private(file)


def has_begun(connection: Any) -> bool:
    """Begin a transaction that writes; return False after an error, or if others had the turn for WAIT_SECONDS.

    SQLite's own wait tries again ever less often, so that with many writers one of them waits for very long.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return True
            except sqlite3.OperationalError as error:
                is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not is_busy or time.monotonic() > deadline:
                    return False
            time.sleep(random.uniform(*_RETRY_SECONDS))  # noqa: S311  no secret
    finally:
        connection.execute(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")


@contextmanager
def turn(file: Path) -> Iterator[None]:
    """Let the threads of this process write to a file in turn.

    Raises:
        StoreError: Another thread has had the turn for WAIT_SECONDS.
    """
    lock = _TURNS.setdefault(file, Turns())
    if not lock.acquire(timeout=WAIT_SECONDS):
        received = f"one that another thread has locked for {WAIT_SECONDS} s"
        raise StoreError(f"registry {file}", "a database that can be written", received, "repeat it later")
    try:
        yield
    finally:
        lock.release()


def make_folder(file: Path) -> None:
    """Make the folder of a database file that does not exist yet, for this user only.

    Raises:
        StoreError: It cannot be made.
    """
    if not file.exists():
        try:
            with private():
                file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"registry {file}", "a folder that can be written", error.strerror or str(error), "change registry.uri"
            ) from None


def refusal(name: str, reason: str, *, is_file: bool) -> StoreError:
    """Return the error of the registry for one of its database.

    Args:
        name: The address of the database, without a password.
        reason: What the database says.
        is_file: Whether it is an SQLite file.
    """
    what = f"registry {name}"
    if "locked" in reason and is_file:
        received = f"one that another process has locked for {WAIT_SECONDS} s"
        return StoreError(what, "a database that can be written", received, "wait for that process to end")
    remedy = "set registry.uri to another file" if is_file else "start the server, or change registry.uri"
    return StoreError(what, "a database that can be read and written", reason, remedy)
