"""Inserting Arrow batches into a table: COPY in PostgreSQL, statements for many rows elsewhere; by key or appended."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

_KEY_LENGTH = 255  # MySQL limits the bytes of an index
_LONGEST_BYTES = 2**24
_STAGED = "penstock_rows"


class Insert(Protocol):
    """Inserts rows into one table."""

    def write(self, rows: Iterator[tuple[Any, ...]]) -> None:
        """Insert some rows."""
        ...

    def close(self) -> None:
        """Insert what is still to be inserted."""
        ...


def column_type(kind: pa.DataType, dialect: str, *, is_key: bool = False) -> sa.types.TypeEngine[Any]:
    """Return the type of a new column for an Arrow type."""
    if pa.types.is_dictionary(kind):
        return column_type(kind.value_type, dialect, is_key=is_key)
    if pa.types.is_decimal(kind):
        return sa.Numeric(kind.precision, kind.scale)
    for fits, made in _TYPES:
        if fits(kind):
            return made(dialect, kind)
    if dialect == "mysql":
        return sa.String(_KEY_LENGTH) if is_key else mysql.LONGTEXT()
    return sa.Text()


_TYPES: tuple[tuple[Callable[[pa.DataType], bool], Callable[[str, pa.DataType], sa.types.TypeEngine[Any]]], ...] = (
    (pa.types.is_boolean, lambda dialect, kind: sa.Boolean()),
    (pa.types.is_uint64, lambda dialect, kind: sa.Text() if dialect == "sqlite" else sa.Numeric(20, 0)),
    (pa.types.is_integer, lambda dialect, kind: sa.BigInteger()),
    (pa.types.is_float32, lambda dialect, kind: sa.REAL() if dialect == "postgresql" else sa.Double()),
    (pa.types.is_floating, lambda dialect, kind: sa.Double()),
    (pa.types.is_date, lambda dialect, kind: sa.Date()),
    (
        pa.types.is_timestamp,
        lambda dialect, kind: (
            mysql.DATETIME(fsp=6) if dialect == "mysql" else sa.DateTime(timezone=kind.tz is not None)
        ),
    ),
    (pa.types.is_time, lambda dialect, kind: mysql.TIME(fsp=6) if dialect == "mysql" else sa.Time()),
    (pa.types.is_binary, lambda dialect, kind: sa.LargeBinary(_LONGEST_BYTES)),
)


def rows_of(batch: pa.RecordBatch, dialect: str) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a batch with the values that the driver of a database takes; lists become JSON."""
    return zip(*(_values(column, dialect) for column in batch.columns), strict=True)


def _values(column: pa.Array, dialect: str) -> list[Any]:
    values = column.to_pylist()
    if pa.types.is_nested(column.type):
        return [None if value is None else json.dumps(value, default=str) for value in values]
    if pa.types.is_floating(column.type) and dialect == "mysql":  # It has neither NaN nor infinity.
        return [value if value is not None and math.isfinite(value) else None for value in values]
    convert = _SQLITE.get(str(column.type).partition("[")[0]) if dialect == "sqlite" else None
    return values if convert is None else [None if value is None else convert(value) for value in values]


# What SQLAlchemy's types store in SQLite, whose driver gets the rows directly.
_SQLITE: dict[str, Callable[[Any], Any]] = {
    "timestamp": lambda moment: moment.replace(tzinfo=None).isoformat(" ", "microseconds"),
    "date32": str,
    "uint64": str,  # SQLite's integers have a sign
    "time64": lambda time: time.isoformat("microseconds"),
    "decimal128(": float,
}


def insert_of(connection: sa.Connection, table: str, names: Sequence[str], key: Sequence[str]) -> Insert:
    """Return what inserts rows into a table within the transaction of a connection.

    Args:
        connection: The connection.
        table: The table, quoted.
        names: The columns.
        key: The columns by which rows are replaced; empty to append.
    """
    quote = connection.dialect.identifier_preparer.quote_identifier
    columns = ", ".join(map(quote, names))
    replaced = _replaced(connection, names, key) if key else ""
    if connection.dialect.name == "postgresql":
        return _Copy(connection, table, columns, replaced)
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(names))
    return _Many(connection, f"INSERT INTO {table} ({columns}) VALUES ({marks}) {replaced}".strip())


def _replaced(connection: sa.Connection, names: Sequence[str], key: Sequence[str]) -> str:
    quote = connection.dialect.identifier_preparer.quote_identifier
    # Of a row that is all key, any assignment keeps it.
    others = [quote(name) for name in names if name not in key] or [quote(key[0])]
    if connection.dialect.name == "mysql":
        return f"ON DUPLICATE KEY UPDATE {', '.join(f'{name} = VALUES({name})' for name in others)}"
    updates = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f"ON CONFLICT ({', '.join(map(quote, key))}) DO UPDATE SET {updates}"


class _Many:
    """The driver's statement for many rows."""

    def __init__(self, connection: sa.Connection, statement: str) -> None:
        self._connection, self._statement = connection, statement

    def write(self, rows: Iterator[tuple[Any, ...]]) -> None:
        self._connection.exec_driver_sql(self._statement, list(rows))

    def close(self) -> None:
        """Do nothing: each call has inserted its rows."""


class _Copy:
    """PostgreSQL's COPY, into a temporary table if rows are replaced by key."""

    def __init__(self, connection: sa.Connection, table: str, columns: str, replaced: str) -> None:
        self._connection, self._table, self._columns, self._replaced = connection, table, columns, replaced
        self._into = table
        if replaced:
            self._into = _STAGED
            made = f"CREATE TEMPORARY TABLE {_STAGED} ON COMMIT DROP AS SELECT {columns} FROM {table} LIMIT 0"
            connection.exec_driver_sql(made)

    def write(self, rows: Iterator[tuple[Any, ...]]) -> None:
        driver = self._connection.connection.driver_connection
        assert driver is not None  # noqa: S101  an open connection has one
        # SQLAlchemy doubles the percent signs of names, for statements with parameters.
        statement = f"COPY {self._into} ({self._columns}) FROM STDIN".replace("%%", "%")
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def close(self) -> None:
        if self._replaced:
            rows = f"SELECT {self._columns} FROM {_STAGED}"
            insert = f"INSERT INTO {self._table} ({self._columns}) {rows} {self._replaced}"
            self._connection.exec_driver_sql(insert)
