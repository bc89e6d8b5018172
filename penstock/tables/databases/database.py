"""Rows of a database by URL: streamed in batches through SQLAlchemy from a server-side cursor."""

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
from penstock.tables.databases.kinds import Place
from penstock.tables.input import Input

BATCH = 10_000
BYTES = 16_000_000
_FIRST = 100  # rows from which the bytes per row are estimated
CONNECT_SECONDS = 10
_LONGEST = 200


def read(source: Input) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a table, or of a SELECT in the database's SQL dialect, in a read-only session.

    Raises:
        DataError: The database or the query fails, or a column has values of several types; no password is shown.
    """
    with _connected(source) as connection:
        statement = source.query or _whole(source, connection)
        with _sentences(source):
            # Driver SQL, because SQLAlchemy would read a colon or a percent sign in the query as a parameter.
            result = connection.exec_driver_sql(statement)
            if not result.returns_rows:
                raise DataError("data.query", "one SELECT", "a statement that gives no rows", "correct the query")
            names = list(result.keys())
            _check_names(source, names)
            yield from _batches(result, names, Place(source))


def _batches(result: Any, names: Sequence[str], place: Place) -> Iterator[pa.RecordBatch]:
    """Yield the rows in batches, sized by the bytes per row of the batch before."""
    rows = result.fetchmany(_FIRST)
    if rows and (further := _rows_within_limit(_batch(names, rows, Place(place.source))) - len(rows)) > 0:
        rows = [*rows, *result.fetchmany(further)]
    while rows:
        batch = _batch(names, rows, place)
        place.first += len(rows)
        yield batch
        rows = result.fetchmany(_rows_within_limit(batch))


def _batch(names: Sequence[str], rows: Sequence[Sequence[Any]], place: Place) -> pa.RecordBatch:
    columns = zip(names, zip(*rows, strict=True), strict=True)
    return pa.RecordBatch.from_arrays([to_array(name, values, place) for name, values in columns], names=names)


def _rows_within_limit(batch: pa.RecordBatch) -> int:
    """Return the number of rows, of the size of those in the batch, that fit the limit of bytes."""
    return max(1, min(BATCH, BYTES * batch.num_rows // max(batch.nbytes, 1)))


@contextmanager
def _connected(source: Input) -> Iterator[Any]:
    import sqlalchemy
    from sqlalchemy.exc import SQLAlchemyError

    try:
        engine = sqlalchemy.create_engine(_address(source), **connect_settings(source))
        # Rows stay on the server until they are fetched; PostgreSQL refuses statements that write.
        connection = engine.connect().execution_options(
            stream_results=True, max_row_buffer=BATCH, no_parameters=True, postgresql_readonly=True
        )
        if scheme_of(source.source) == "mysql":
            connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
    except (SQLAlchemyError, ValueError) as error:
        remedy = "start the server, or correct data.source or the password"
        raise DataError(source.shown, "a database that can be opened", message_of(source, error), remedy) from None
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
    # In read-only mode SQLite creates neither the file nor a journal.
    settings = {"mode": "ro", "uri": "true"}
    return sqlalchemy.URL.create("sqlite", database=file.absolute().as_uri(), query=settings)


def connect_settings(source: Input) -> dict[str, Any]:
    """Return the settings of SQLAlchemy's engine for a database."""
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
    """Refuse equal column names, and names that differ in case only, which are equal in DuckDB."""
    twice = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if twice:
        received = " and ".join(repr(name) for name in names if name.lower() == twice[0])
        raise DataError(f"the columns of {source.name}", "a name for each", received, "rename one with AS")


@contextmanager
def _sentences(source: Input) -> Iterator[None]:
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        message = message_of(source, error)
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise DataError(source.shown, "a stable connection", message, "run again") from None
        what, remedy = ("data.query", "correct the query") if source.query else (source.name, "name another table")
        raise DataError(what, f"a table or query that {source.shown} can read", message, remedy) from None


def message_of(source: Input, error: Exception) -> str:
    """Return the database's message, on one line and without the password."""
    message = getattr(error, "orig", None) or error
    # PyMySQL's arguments are a number and a text.
    text = without_secrets(str(message.args[-1] if message.args else message), source.source)
    lines = [line for line in text.splitlines() if line.strip()]
    # libpq writes a line for each address that it tried; the first is enough.
    return shorten(lines[0] if lines else type(error).__name__, _LONGEST)
