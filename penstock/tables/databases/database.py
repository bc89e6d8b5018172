"""Rows of a database by URL: streamed through SQLAlchemy from a cursor on the server, a batch at a time."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from penstock.core.errors import DataError
from penstock.core.text import did_you_mean, shorten
from penstock.core.urls import scheme_of, server_url, without_secrets
from penstock.tables.databases.cells import to_array
from penstock.tables.input import Input

BATCH = 10_000
BYTES = 16_000_000
_FIRST = 100  # rows that tell how wide rows are
CONNECT_SECONDS = 10
_LONGEST = 200


def read(source: Input) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a table or of a SELECT in the database's own SQL; nothing in the database can be changed.

    Raises:
        DataError: The database or the query fails, or a column holds several kinds of values; no password is shown.
    """
    with _connected(source) as connection:
        statement = source.query or _whole(source, connection)
        with _sentences(source):
            # Driver SQL: a colon or a percent sign in the query is no parameter.
            result = connection.exec_driver_sql(statement)
            if not result.returns_rows:
                raise DataError("data.query", "one SELECT", "a statement that gives no rows", "mend the query")
            names = list(result.keys())
            _check_names(source, names)
            yield from _batches(result, names)


def _batches(result: Any, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield the rows in batches whose size follows the bytes of the rows before."""
    rows = result.fetchmany(_FIRST)
    if rows and (further := _fitting(_batch(names, rows)) - len(rows)) > 0:
        rows = [*rows, *result.fetchmany(further)]
    while rows:
        batch = _batch(names, rows)
        yield batch
        rows = result.fetchmany(_fitting(batch))


def _batch(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
    columns = zip(names, zip(*rows, strict=True), strict=True)
    return pa.RecordBatch.from_arrays([to_array(name, values) for name, values in columns], names=names)


def _fitting(batch: pa.RecordBatch) -> int:
    """Return how many rows like those of the batch are not too many bytes."""
    return max(1, min(BATCH, BYTES * batch.num_rows // max(batch.nbytes, 1)))


@contextmanager
def _connected(source: Input) -> Iterator[Any]:
    import sqlalchemy
    from sqlalchemy.exc import SQLAlchemyError

    try:
        engine = sqlalchemy.create_engine(_address(source), **_settings(source))
        # Rows wait on the server until they are asked for; PostgreSQL refuses whatever would write.
        connection = engine.connect().execution_options(
            stream_results=True, max_row_buffer=BATCH, no_parameters=True, postgresql_readonly=True
        )
        if scheme_of(source.source) == "mysql":
            connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
    except (SQLAlchemyError, ValueError) as error:
        remedy = "start the server, or correct data.source or the password"
        raise DataError(source.shown, "a database that can be opened", _said(source, error), remedy) from None
    try:
        yield connection
    finally:
        connection.close()
        engine.dispose()


def _address(source: Input) -> Any:
    import sqlalchemy

    if scheme_of(source.source) != "sqlite":
        return server_url(source.source)
    file = Path(source.source.removeprefix("sqlite:///"))
    if not file.is_file():
        raise DataError(source.shown, "an SQLite file", "no such file", "correct data.source")
    # Opened read-only, SQLite makes no file and no journal.
    settings = {"mode": "ro", "uri": "true"}
    return sqlalchemy.URL.create("sqlite", database=file.absolute().as_uri(), query=settings)


def _settings(source: Input) -> dict[str, Any]:
    if scheme_of(source.source) == "sqlite" or "connect_timeout" in source.source:
        return {}
    return {"connect_args": {"connect_timeout": CONNECT_SECONDS}}


def _whole(source: Input, connection: Any) -> str:
    """Return a SELECT for all of the configured table."""
    import sqlalchemy

    schema, _, name = (source.table or "").rpartition(".")
    with _sentences(source):
        inspector = sqlalchemy.inspect(connection)
        if not inspector.has_table(name, schema or None):
            known = [*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)]
            received = f"no table {source.table!r}{did_you_mean(name, known)}"
            raise DataError("data.table", f"a table of {source.shown}", received, "correct data.table")
    quote = connection.dialect.identifier_preparer.quote_identifier
    return f"SELECT * FROM {'.'.join(quote(part) for part in (schema, name) if part)}"


def _check_names(source: Input, names: Sequence[str]) -> None:
    """Refuse columns of one name, and names that only capitals tell apart, which DuckDB takes for one."""
    twice = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if twice:
        received = " and ".join(repr(name) for name in names if name.lower() == twice[0])
        raise DataError(f"the columns of {source.name}", "a name for each", received, "name them apart with AS")


@contextmanager
def _sentences(source: Input) -> Iterator[None]:
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        said = _said(source, error)
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise DataError(source.shown, "a connection that lasts", said, "run again") from None
        what, remedy = ("data.query", "mend the query") if source.query else (source.name, "name another table")
        raise DataError(what, f"what {source.shown} can read", said, remedy) from None


def _said(source: Input, error: Exception) -> str:
    """Return what the database says, on one line and without the password."""
    said = getattr(error, "orig", None) or error
    # PyMySQL gives a number and a text.
    text = without_secrets(str(said.args[-1] if said.args else said), source.source)
    lines = [line for line in text.splitlines() if line.strip()]
    # Of several addresses that libpq tried, the first line is about the first.
    return shorten(lines[0] if lines else type(error).__name__, _LONGEST)
