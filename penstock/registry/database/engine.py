"""Opens the registry's database: SQLite in a file, or PostgreSQL, with transactions that behave the same in both.

A transaction that writes begins by taking the turn of the writers: SQLite locks the file (`BEGIN IMMEDIATE`), in
PostgreSQL the row of the last event is locked. Readers wait for nobody: SQLite writes ahead to a log.
"""

import random
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError

from penstock.core.errors import ConfigError, StoreError
from penstock.core.privacy import make_private, private
from penstock.core.urls import mask_password, server_url, without_secrets
from penstock.registry.database.file import sqlite_file
from penstock.registry.database.turns import Turns
from penstock.registry.errors import unstorable

# SQLite waits this long for another writer.
WAIT_SECONDS = 30
CONNECT_SECONDS = 10
# Between two attempts to get the turn.
_RETRY_SECONDS = (0.001, 0.006)
_WRITES = "penstock_writes"
_TURNS: dict[Path, Turns] = {}
_NOW = {
    "sqlite": sa.text("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"),
    "postgresql": sa.text("SELECT clock_timestamp()"),
}


class Database:
    """An open database of the registry.

    Attributes:
        uri: Its URL, with the password.
        engine: SQLAlchemy's engine.
    """

    def __init__(self, uri: str, root: Path = Path()) -> None:
        """Open a database; its tables are not checked.

        Args:
            uri: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.
            root: The folder that a relative FILE is relative to.

        Raises:
            ConfigError: It is no such URL.
        """
        self.uri = uri
        self.file = sqlite_file(uri, root)
        self.engine = _sqlite_engine(self.file) if self.file else _server_engine(uri)

    @property
    def name(self) -> str:
        """The address for messages, without the password."""
        return str(self.file or mask_password(self.uri))

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection within a transaction that reads one state of the database.

        Raises:
            StoreError: The database cannot be opened or read.
        """
        with self._sentences(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yield a connection within a transaction that writes; an error undoes all of it.

        Raises:
            StoreError: The database cannot be opened or written.
        """
        with self._sentences(), self._turn(), self.engine.connect() as opened:
            connection = opened.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let the threads of this process write in turn."""
        if self.file is None:
            yield
            return
        lock = _TURNS.setdefault(self.file, Turns())
        if not lock.acquire(timeout=WAIT_SECONDS):
            received = f"one that another thread has locked for {WAIT_SECONDS} s"
            raise StoreError(f"registry {self.name}", "a database that can be written", received, "repeat it later")
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            if self.file:
                make_folder(self.file)
            yield
        except UnicodeEncodeError:
            raise unstorable() from None
        except SQLAlchemyError as error:
            if isinstance(error, DataError) and "NUL" in str(error.orig):
                raise unstorable() from None
            raise refusal(self, error) from error


def now(connection: sa.Connection) -> datetime:
    """Return the time of the database, in UTC."""
    value: Any = connection.execute(_NOW[connection.dialect.name]).scalar_one()
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


def refusal(database: Database, error: SQLAlchemyError) -> StoreError:
    """Return the error of the registry for one of its database."""
    reason = without_secrets(str(getattr(error, "orig", None) or error), database.uri).strip().splitlines()[0]
    what = f"registry {database.name}"
    if "locked" in reason and database.file:
        received = f"one that another process has locked for {WAIT_SECONDS} s"
        return StoreError(what, "a database that can be written", received, "wait for that process to end")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return StoreError(what, "a stable connection", reason, "start the command again")
    remedy = "set registry.uri to another file" if database.file else "start the server, or change registry.uri"
    return StoreError(what, "a database that can be read and written", reason, remedy)


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


def _sqlite_engine(file: Path) -> sa.Engine:
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)), connect_args={"timeout": WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        # Transactions are begun below: the driver would begin one only before the first statement that writes.
        connection.isolation_level = None
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {setting}")
        make_private(file)

    @event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        if not connection.get_execution_options().get(_WRITES):
            connection.exec_driver_sql("BEGIN")
            return
        if not _has_begun(connection.connection.driver_connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _has_begun(connection: Any) -> bool:
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


def _server_engine(uri: str) -> sa.Engine:
    try:
        url = server_url(uri)
    except ValueError:
        raise ConfigError(
            "registry.uri", "postgresql://USER:PASSWORD@HOST/NAME", repr(mask_password(uri)), "escape @ and : in it"
        ) from None
    settings = {} if re.search(r"[?&]connect_timeout=", uri) else {"connect_timeout": CONNECT_SECONDS}
    # A connection that the server closed meanwhile, such as by a restart, is replaced before it is used.
    return sa.create_engine(url, pool_pre_ping=True, connect_args=settings)
