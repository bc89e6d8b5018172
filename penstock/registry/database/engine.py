"""Opens the registry's database: SQLite in a file, or PostgreSQL, with transactions that behave the same in both.

A transaction that writes begins by taking the turn of the writers: SQLite locks the file (`BEGIN IMMEDIATE`), in
PostgreSQL the row of the last event is locked. Readers wait for nobody: SQLite writes ahead to a log.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError

from penstock.core.errors import ConfigError, StoreError
from penstock.core.urls import mask_password, server_url, without_secrets
from penstock.registry.database import sqlite
from penstock.registry.database.file import sqlite_file
from penstock.registry.database.sqlite import make_folder, turn
from penstock.registry.errors import unstorable

CONNECT_SECONDS = 10
_WRITES = "penstock_writes"
_NOW = {
    "sqlite": sa.text(sqlite.NOW),
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
        waiting = turn(self.file) if self.file else nullcontext()
        with self._sentences(), waiting, self.engine.connect() as opened:
            connection = opened.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

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
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return StoreError(f"registry {database.name}", "a stable connection", reason, "start the command again")
    return sqlite.refusal(database.name, reason, is_file=database.file is not None)


def _sqlite_engine(file: Path) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(file)), connect_args={"timeout": sqlite.WAIT_SECONDS}
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        sqlite.prepare(connection, file)

    @event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        if not connection.get_execution_options().get(_WRITES):
            connection.exec_driver_sql("BEGIN")
            return
        if not sqlite.has_begun(connection.connection.driver_connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


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
