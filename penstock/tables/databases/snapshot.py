"""A snapshot of the rows of a database: a Parquet file that is fetched once, in batches, with a digest of its content.

A run reads its rows several times: to check them, to detect changes, and to write the examples. All of these steps must
read the same rows, and a large table should be transferred once.
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
from penstock.tables.databases.cells import CAST, common_type
from penstock.tables.files.find import Files
from penstock.tables.input import Input
from penstock.tables.sql import path_literal, quoted

ROWS = "rows.parquet"
_DIGEST = "digest"
# A digest is summed as four numbers, each of which allows sums over 2^64 rows.
_PARTS = 4


def take(source: Input, folder: Path) -> None:
    """Fetch the rows of a database into `folder`, which is replaced atomically.

    Raises:
        DataError: The rows cannot be fetched or stored, or there are none.
    """
    try:
        _clear(folder, folder.with_name(f".{folder.name}.writing"))
        with atomic_folder(folder) as temporary:
            marked_folders.make(temporary)
            _write(source, temporary)
            (temporary / _DIGEST).write_text(content_digest(temporary / ROWS), encoding="utf-8")
    except OSError as error:
        expected = "space for a copy of the rows during the run"
        received = error.strerror or str(error)
        raise DataError(source.name, expected, received, f"look at {folder.parent}") from error


def _clear(*places: Path) -> None:
    """Remove the snapshots of earlier runs; another folder of that name is kept, and is an error."""
    discard_folder(places[0])
    for place in places:
        if os.path.lexists(place) and not marked_folders.is_empty(place):
            remedy = "move it, or change state.directory"
            raise DataError(f"the folder {place}", "none, or one that Penstock made", "another", remedy)


def snapshot_files(source: Input, folder: Path) -> Files:
    """Return the rows of a snapshot as files."""
    file = folder / ROWS
    digest = (folder / _DIGEST).read_text(encoding="utf-8")
    return Files(source.name, folder, ROWS, "Parquet", (file,), digest=digest)


def _write(source: Input, folder: Path) -> None:
    """Write the rows as one file; a batch that widens a column's type starts a further part, and parts are joined."""
    parts: list[Path] = []
    schema: pa.Schema | None = None
    writer: pq.ParquetWriter | None = None
    try:
        for batch in _batches(source):
            common = _common_schema(source, schema, batch.schema)
            if writer is None or common != schema:
                if writer:
                    writer.close()
                schema = common
                parts.append(folder / f"part-{len(parts)}.parquet")
                writer = pq.ParquetWriter(parts[-1], schema)
            writer.write_table(_cast(pa.Table.from_batches([batch]), schema))
    finally:
        if writer:
            writer.close()
    if schema is None:
        raise DataError(source.name, "at least one row", "none", "add rows, or correct data.query")
    _join(parts, schema, folder / ROWS)


def _batches(source: Input) -> Iterator[pa.RecordBatch]:
    reader = bigquery.read if scheme_of(source.source) == "bigquery" else database.read
    for batch in reader(source):
        if batch.num_rows:
            yield batch


def _common_schema(source: Input, schema: pa.Schema | None, found: pa.Schema) -> pa.Schema:
    """Return the common types of the previous rows and of a batch."""
    before = schema or found
    types = [common_type(name, before.field(name).type, found.field(name).type) for name in found.names]
    for name, kind in zip(found.names, types, strict=True):
        within = kind.value_type if pa.types.is_list(kind) else kind
        if pa.types.is_nested(within) or pa.types.is_duration(within):
            expected = "numbers, booleans, text, times, or lists of these"
            raise DataError(f"the column {name!r} of {source.name}", expected, str(kind), f"{CAST}, or leave it out")
    return pa.schema(zip(found.names, types, strict=True))


def _cast(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    # With safe=False an integer beyond 2^53 in a float column becomes the nearest float.
    return rows if rows.schema == schema else rows.cast(schema, safe=False)


def _join(parts: Sequence[Path], schema: pa.Schema, target: Path) -> None:
    if len(parts) == 1:
        parts[0].rename(target)
        return
    with pq.ParquetWriter(target, schema) as writer:
        for part in parts:
            with pq.ParquetFile(part) as file:
                # A row group is one fetched batch, which fits into memory.
                for number in range(file.num_row_groups):
                    writer.write_table(_cast(file.read_row_group(number), schema))
            part.unlink()


def content_digest(file: Path) -> str:
    """Return the SHA-256 of columns, types and rows of a Parquet file, independent of the order of the rows.

    The SHA-256 of each row is added to a sum, which is the same in every order, and in which duplicate rows count.
    DuckDB computes the sum, without a row in Python.
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
    content = [columns, [int(number or 0) for number in found]]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _text(name: str, kind: str) -> str:
    """Return SQL for a value as text after its length, so that no two different rows have the same text."""
    column = quoted(name)
    text = f"CAST({column} AS VARCHAR)"
    if kind == "BLOB":
        text = f"hex({column})"
    elif kind.endswith("]"):
        text = f"CAST(to_json({column}) AS VARCHAR)"
    return f"coalesce(strlen({text}) || ':' || {text}, '-')"
