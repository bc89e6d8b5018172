"""Rows of a database by URL: streamed from a cursor on the server into a Parquet file, a batch at a time."""

import datetime
import decimal
import json
import re
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import DataError
from tables.faults import shorten
from tables.files import Files

BATCH = 10_000
_DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "sqlite": "sqlite"}


def is_database(source: str) -> bool:
    """Say whether a source is the URL of a database."""
    return source.split("://")[0] in _DRIVERS and "://" in source


def without_password(url: str) -> str:
    """Return the URL as it may be shown."""
    return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)


def fetch(url: str, query: str, folder: Path) -> Files:
    """Return the rows of a table or of a SELECT in the database's own SQL, as a Parquet file in `folder`.

    Raises:
        DataError: The database or the query fails, or a column holds several kinds of values; no password is shown.
    """
    shown, parts = without_password(url), []
    for number, batch in enumerate(_batches(url, query)):
        parts.append(folder / f"part-{number}.parquet")
        pq.write_table(pa.Table.from_batches([batch]), parts[-1])
    if not parts:
        raise DataError(shown, "at least one row", "none", "add rows, or mend data.query")
    target = folder / "rows.parquet"
    _join(parts, target, shown)
    return Files(shown, folder, target.name, "Parquet", (target,))


def _join(parts: Sequence[Path], target: Path, shown: str) -> None:
    """Write the parts as one file, with types that hold for all of them."""
    schemas = [pq.read_schema(part) for part in parts]
    fields = [_widest(name, [schema.field(name).type for schema in schemas], shown) for name in schemas[0].names]
    schema = pa.schema(fields)
    with pq.ParquetWriter(target, schema) as writer:
        for part in parts:
            writer.write_table(pq.read_table(part).cast(schema))
            part.unlink()


def _widest(name: str, types: Sequence[pa.DataType], shown: str) -> pa.Field:
    found = list(dict.fromkeys(kind for kind in types if not pa.types.is_null(kind)))
    if len(found) > 1 and set(found) <= {pa.int64(), pa.float64()}:
        found = [pa.float64()]
    if len(found) > 1:
        kinds = " and ".join(map(str, found))
        raise DataError(f"the column {name!r} of {shown}", "values of one kind", kinds, "cast it in data.query")
    return pa.field(name, found[0] if found else pa.null())


def _batches(url: str, query: str) -> Iterator[pa.RecordBatch]:
    import sqlalchemy
    from sqlalchemy.exc import SQLAlchemyError

    scheme, rest = url.split("://", 1)
    statement = query if re.search(r"\s", query.strip()) else f"SELECT * FROM {query.strip()}"
    try:
        engine = sqlalchemy.create_engine(f"{_DRIVERS[scheme]}://{rest}")
        try:
            with engine.connect().execution_options(
                stream_results=True, max_row_buffer=BATCH, no_parameters=True
            ) as connection:
                # Driver SQL: a colon or a percent sign in the query is no parameter.
                result = connection.exec_driver_sql(statement)
                names = list(result.keys())
                for rows in result.partitions(BATCH):
                    yield _batch(names, rows, without_password(url))
        finally:
            engine.dispose()
    except (SQLAlchemyError, ValueError) as error:
        raise _sentence(url, error) from None


def _batch(names: Sequence[str], rows: Sequence[Any], shown: str) -> pa.RecordBatch:
    arrays = []
    for name, values in zip(names, zip(*rows, strict=True), strict=True):
        try:
            arrays.append(pa.array([_plain(value) for value in values]))
        except (pa.ArrowException, OverflowError) as error:
            what, remedy = f"the column {name!r} of {shown}", "cast it in data.query"
            raise DataError(what, "values of one kind", shorten(str(error)), remedy) from None
    return pa.RecordBatch.from_arrays(arrays, names=list(names))


def _plain(value: Any) -> Any:
    """Return a driver's value as one that Arrow gives the same type in each batch."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, datetime.datetime) and value.tzinfo:
        return value.astimezone(datetime.UTC).replace(tzinfo=None)
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, memoryview):
        return bytes(value)
    return json.dumps(value) if isinstance(value, dict) else value


def _sentence(url: str, error: Exception) -> DataError:
    said = str(getattr(error, "orig", None) or error)
    password = re.search(r"://[^:/@]*:(.*)@", url)
    said = said.replace(password[1], "***") if password and password[1] else said
    received = shorten(said.splitlines()[0] if said else type(error).__name__)
    return DataError(without_password(url), "a database that answers data.query", received, "mend the URL or the query")
