"""The rows of a database as a Parquet file: fetched once, in batches, and named by a digest of what they hold.

A run reads its rows several times: to check them, to tell whether anything changed, and to write the examples. All of
that has to see the same rows, and a large table should travel once.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core import marked_folders
from penstock.core.errors import DataError
from penstock.core.files import atomic_folder, discard_folder
from penstock.core.urls import scheme_of
from penstock.tables.connection import connected
from penstock.tables.databases import bigquery, database
from penstock.tables.databases.cells import CAST, widest
from penstock.tables.files.find import Files
from penstock.tables.input import Input
from penstock.tables.sql import path_literal, quoted

ROWS = "rows.parquet"
_DIGEST = "digest"
# A digest as four numbers, each of which leaves room for a sum over 2^64 rows.
_PARTS = 4


def take(source: Input, folder: Path) -> None:
    """Fetch the rows of a database into `folder`, in place of what is there; whole, or not at all.

    Raises:
        DataError: The rows cannot be fetched or kept, or there are none.
    """
    try:
        _clear(folder, folder.with_name(f".{folder.name}.writing"))
        with atomic_folder(folder) as made:
            marked_folders.make(made)
            _write(source, made)
            (made / _DIGEST).write_text(content_digest(made / ROWS), encoding="utf-8")
    except OSError as error:
        expected = "room for a copy of them while the run lasts"
        received = error.strerror or str(error)
        raise DataError(source.name, expected, received, f"look at {folder.parent}") from error


def _clear(*places: Path) -> None:
    """Remove what earlier runs left; what only has such a name stays, and is in the way."""
    discard_folder(places[0])
    for place in places:
        if os.path.lexists(place) and not marked_folders.is_empty(place):
            remedy = "move it, or change state.directory"
            raise DataError(f"the folder {place}", "none, or one that Penstock made", "another", remedy)


def opened(source: Input, folder: Path) -> Files:
    """Return the rows of a snapshot as files."""
    file = folder / ROWS
    digest = (folder / _DIGEST).read_text(encoding="utf-8")
    return Files(source.name, folder, ROWS, "Parquet", (file,), digest=digest)


def _write(source: Input, folder: Path) -> None:
    """Write the rows as one file; where a column turns out wider than it was, what follows goes into a further part."""
    parts: list[Path] = []
    schema: pa.Schema | None = None
    writer: pq.ParquetWriter | None = None
    try:
        for batch in _batches(source):
            fitting = _fitting(source, schema, batch.schema)
            if writer is None or fitting != schema:
                if writer:
                    writer.close()
                schema = fitting
                parts.append(folder / f"part-{len(parts)}.parquet")
                writer = pq.ParquetWriter(parts[-1], schema)
            writer.write_table(_cast(pa.Table.from_batches([batch]), schema))
    finally:
        if writer:
            writer.close()
    if schema is None:
        raise DataError(source.name, "at least one row", "none", "add rows, or mend data.query")
    _join(parts, schema, folder / ROWS)


def _batches(source: Input) -> Iterator[pa.RecordBatch]:
    reader = bigquery.read if scheme_of(source.source) == "bigquery" else database.read
    for batch in reader(source):
        if batch.num_rows:
            yield batch


def _fitting(source: Input, schema: pa.Schema | None, found: pa.Schema) -> pa.Schema:
    """Return the types that hold for the rows so far and for those of a batch."""
    before = schema or found
    types = [widest(name, before.field(name).type, found.field(name).type) for name in found.names]
    for name, kind in zip(found.names, types, strict=True):
        within = kind.value_type if pa.types.is_list(kind) else kind
        if pa.types.is_nested(within) or pa.types.is_duration(within):
            expected = "numbers, booleans, text, times, or lists of these"
            raise DataError(f"the column {name!r} of {source.name}", expected, str(kind), f"{CAST}, or leave it out")
    return pa.schema(zip(found.names, types, strict=True))


def _cast(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    # Not safe, because an integer beyond 2^53 among floats becomes the nearest float.
    return rows if rows.schema == schema else rows.cast(schema, safe=False)


def _join(parts: Sequence[Path], schema: pa.Schema, target: Path) -> None:
    if len(parts) == 1:
        parts[0].rename(target)
        return
    with pq.ParquetWriter(target, schema) as writer:
        for part in parts:
            with pq.ParquetFile(part) as file:
                # A group of rows is a batch as it came, which memory had room for.
                for number in range(file.num_row_groups):
                    writer.write_table(_cast(file.read_row_group(number), schema))
            part.unlink()


def content_digest(file: Path) -> str:
    """Return the SHA-256 of columns, types and rows of a Parquet file, in whatever order a database gave them.

    Each row has its SHA-256, and the digests are added up: the sum is the same in every order, and a row that is there
    twice counts twice. The whole is done by DuckDB, without a row in Python.
    """
    with connected({"autoinstall_known_extensions": "false"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = f"read_parquet({path_literal(file)})"
        described = connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
        columns = sorted((str(name), str(kind)) for name, kind, *_ in described)
        row = ", ".join(_text(name, kind) for name, kind in columns)
        sums = ", ".join(f"sum(CAST('0x' || substr(digest, {1 + 16 * part}, 16) AS UBIGINT))" for part in range(_PARTS))
        [found] = connection.execute(
            f"SELECT count(*), {sums} FROM (SELECT sha256(concat({row})) AS digest FROM {rows})"
        ).fetchall()
    whole = [columns, [int(number or 0) for number in found]]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


def _text(name: str, kind: str) -> str:
    """Return SQL for a value as text, with its length before it, so that no two rows share one."""
    column = quoted(name)
    text = f"CAST({column} AS VARCHAR)"
    if kind == "BLOB":
        text = f"hex({column})"
    elif kind.endswith("]"):
        text = f"CAST(to_json({column}) AS VARCHAR)"
    return f"coalesce(strlen({text}) || ':' || {text}, '-')"
