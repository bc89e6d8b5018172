"""A read-only connection to the metadata store in SQLite, MySQL or PostgreSQL.

SQLite is read by the standard library, and the two servers through SQLAlchemy, which is imported for them only. All
three run the same SQL, with parameters written as `:name`.
"""

import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from penstock.core.errors import StoreError
from penstock.core.urls import mask_password, server_url, without_secrets
from penstock.metadata.store import Store

WAIT_SECONDS = 5.0

# The schema version of ML Metadata 1.16 in any database; the SQL over its tables is written for it.
SCHEMA_VERSION = 10

Rows = list[tuple[Any, ...]]

# The errors of SQLite, PostgreSQL and MySQL for a store in which ML Metadata has not created its tables yet.
_NO_TABLE = re.compile(r"no such table|relation .* does not exist|Table .* doesn't exist")
# What SQLite, PostgreSQL and MySQL say of a lock of another process, and of what else can be fixed.
_LOCKED = re.compile(r"is locked|lock timeout|Lock wait timeout")
_REMEDIES = (
    (re.compile(r"readonly|read-only|unable to open|denied|permission", re.IGNORECASE), "check its permissions"),
    (re.compile(r"\bfull\b|No space"), "free some space on its disk"),
    (re.compile(r"malformed|not a database|corrupt", re.IGNORECASE), "put a backup in its place"),
)
_OTHER_REMEDY = "fix that, or set metadata.uri to another store"
_VERSIONS = "SELECT MIN(schema_version), MAX(schema_version) FROM MLMDEnv"
_EXECUTION = "SELECT id FROM Execution LIMIT 1"


class Connection(Protocol):
    """An open connection."""

    def select(self, sql: str, values: Mapping[str, Any]) -> Rows:
        """Return the rows of a query; empty if the store has no tables yet.

        Raises:
            StoreError: The query failed.
        """

    def close(self) -> None:
        """Close the connection."""


def connect(store: Store) -> Connection | None:
    """Open the store for reading; return None if its file does not exist yet.

    Raises:
        StoreError: The store cannot be opened, or its schema has another version.
    """
    connection = _open(store)
    if connection is not None:
        try:
            _check_schema(store, connection)
        except StoreError:
            connection.close()
            raise
    return connection


def store_name(store: Store) -> str:
    """Return the address of the store for messages, without the password."""
    return str(store.file or mask_password(store.uri))


def reason_of(error: Exception, uri: str) -> str:
    """Return the first line of what a server or its driver says, without the password of its address."""
    return without_secrets(str(getattr(error, "orig", None) or error), uri).strip().splitlines()[0]


def write_refusal(store: str, reason: str) -> StoreError:
    """Return the error of a change that a store did not take, with the remedy for what the database says.

    Args:
        store: The address of the store, without the password.
        reason: What the database says.
    """
    what, expected = f"metadata store {store}", "a store that can be written"
    if _LOCKED.search(reason):
        return StoreError(what, "a store that no other process holds", reason, "wait for that process to end")
    remedy = next((remedy for pattern, remedy in _REMEDIES if pattern.search(reason)), _OTHER_REMEDY)
    return StoreError(what, expected, reason, remedy)


def _check_schema(store: Store, connection: Connection) -> None:
    """Refuse a store whose schema version the SQL does not support."""
    oldest, newest = next(iter(connection.select(_VERSIONS, {})), (None, None))
    if oldest == newest == SCHEMA_VERSION:
        return
    # Without tables, or while ML Metadata creates them, there is no version and no run yet.
    if oldest is None and not connection.select(_EXECUTION, {}):
        return
    received = "none in its table MLMDEnv" if oldest is None else " and ".join(map(str, sorted({oldest, newest})))
    raise StoreError(
        f"metadata store {store_name(store)}",
        f"version {SCHEMA_VERSION} of ML Metadata's schema",
        received,
        "migrate it with ML Metadata, or set metadata.uri to another store",
    )


def _open(store: Store) -> Connection | None:
    file = store.file
    if file is not None:
        return _SqliteConnection(file) if file.exists() else None
    if store.uri.startswith("sqlite:"):
        raise StoreError(
            "metadata store sqlite://",
            "a store in a file or on a server",
            "one in memory",
            "set metadata.uri to sqlite:///FILE",
        )
    return _ServerConnection(store.uri)


class _SqliteConnection:
    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            # A killed writer may leave a journal, which only a connection that may write can roll back.
            uri = f"{file.absolute().as_uri()}?mode=rw"
            self._connection = sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS)
        except sqlite3.Error as error:
            raise self._refusal(error) from None
        self.select("PRAGMA query_only = ON", {})

    def select(self, sql: str, values: Mapping[str, Any]) -> Rows:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            if _NO_TABLE.search(str(error)):
                return []
            raise self._refusal(error) from None

    def close(self) -> None:
        self._connection.close()

    def _refusal(self, error: sqlite3.Error) -> StoreError:
        what = f"metadata store {self._file}"
        if _LOCKED.search(str(error)):
            received = f"one that another process has locked for {WAIT_SECONDS:g} s"
            return StoreError(what, "a store that can be read", received, "wait for that process to end")
        return StoreError(what, "an SQLite file that can be read", str(error), "set metadata.uri to another file")


class _ServerConnection:
    def __init__(self, uri: str) -> None:
        self._uri = uri
        url = server_url(uri)
        import sqlalchemy

        self._text = sqlalchemy.text
        self._error = sqlalchemy.exc.SQLAlchemyError
        try:
            self._engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
            self._connection = self._engine.connect()
        except (self._error, ImportError) as error:
            raise self._refusal(error) from None

    def select(self, sql: str, values: Mapping[str, Any]) -> Rows:
        try:
            return [tuple(row) for row in self._connection.execute(self._text(sql), dict(values))]
        except self._error as error:
            if _NO_TABLE.search(str(error)):
                return []
            raise self._refusal(error) from None

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def _refusal(self, error: Exception) -> StoreError:
        what, reason = f"metadata store {mask_password(self._uri)}", reason_of(error, self._uri)
        return StoreError(what, "a database that can be read", reason, "start the server, or change metadata.uri")
