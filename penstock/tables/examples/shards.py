"""A table in shards that any process can read in any order: together they contain the rows of the table exactly.

A shard is a file, a range of its bytes, or a range of its rows. The columns' types, and the thresholds of a split by
time or the values of a split by a column, are computed once from all rows.

A query that computes each row independently runs on each shard. Any other query, such as an aggregation, a window, a
join, an order or a limit, needs all rows, and so does a quarantine. Then the result is first written as an Arrow file,
and the shards are parts of that file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core.files import as_data_errors
from penstock.tables.connection import engine
from penstock.tables.files.compression import compression_of
from penstock.tables.files.find import Files
from penstock.tables.files.partitions import partition_folder
from penstock.tables.files.reading import delimiter_of, scan
from penstock.tables.splitting import Assignment
from penstock.tables.sql import quoted
from penstock.tables.table import Table
from penstock.tables.values.interpretation import Interpretation

# A table becomes about SHARDS of them, within these bounds: smaller ones cost more to start than to read, and one of
# them at a time has to fit in the memory of a worker. It does not depend on the runner or its parallelism, so that
# the files of examples are the same on each.
SHARDS, SMALLEST, LARGEST = 32, 500_000, 32_000_000
_ROW_WISE = {"PROJECTION", "FILTER", "READ_CSV", "READ_PARQUET"}
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Shard:
    """A part of a file: all of it, or from `start` up to `stop`, in bytes, rows or batches depending on its kind."""

    path: Path
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True)
class Plan:
    """How the shards of a table are read.

    Attributes:
        files: The files of the source, for messages.
        query: The query to run on each shard; None for all rows and columns.
        interpretation: How the columns of the source are read, inferred from all rows.
        declared: The columns of the files with their declared types.
        split: The SQL for the position of a row's split, or for other values that are selected with the rows; None if
            the shards are batches that contain them.
        shards: All shards, in the order of the rows.
    """

    files: Files
    query: str | None
    interpretation: Interpretation
    declared: Mapping[str, str]
    split: str | None
    shards: tuple[Shard, ...]


def plan_shards(
    table: Table, assigned: Assignment, folder: Path, *, size: int | None = None, unpack: bool = False
) -> Plan:
    """Return the table in shards of about `size` bytes; a result that is needed first is written into `folder`.

    Args:
        table: The table.
        assigned: The SQL for the position of a row's split, or for other values that are selected with the rows.
        folder: The folder for the result.
        size: The size of a shard; by default it follows from the size of the table.
        unpack: Whether compressed files larger than a shard are written into `folder` first, too.
    """
    size = size or shard_size(sum(path.stat().st_size for path in table.files.paths))
    plan = Plan(table.files, table.query, table.interpretation, table.declared, assigned.sql, ())
    is_packed = unpack and any(compression_of(path) and path.stat().st_size > size for path in table.files.paths)
    if is_packed or not _is_row_wise(table):
        return replace(plan, split=None, shards=_batches(table, assigned, folder, size))
    cut = _rows if table.files.kind == "Parquet" else _bytes
    return replace(plan, shards=tuple(shard for path in table.files.paths for shard in cut(path, size)))


def shard_size(volume: int, shards: int = SHARDS) -> int:
    """Return the size of the shards of a source of so many bytes, of which there are about so many."""
    return min(max(volume // shards + 1, SMALLEST), LARGEST)


def read_shard(plan: Plan, shard: Shard, *, threads: int | None = None) -> Iterator[pa.RecordBatch]:
    """Yield a shard's rows after the query, then what `split` selects: the position of the row's split.

    Args:
        plan: The shards of a table.
        shard: One of them.
        threads: The number of threads that read; by default one for each core.

    Raises:
        DataError: A row cannot be read; the sentence names the file and the line.
    """
    if plan.split is None:
        with pa.memory_map(str(shard.path)) as stream, pa.ipc.open_file(stream) as batches:
            yield from (batches.get_batch(number) for number in range(shard.start, shard.stop or 0))
        return
    with engine(threads) as (connection, folder):
        table = Table(plan.files, plan.query, connection, plan.interpretation, rows=_select(plan, shard, folder))
        yield from table.batches(plan.split)


def _is_row_wise(table: Table) -> bool:
    if table.separated:
        return False
    # A query that reads rows even if the source has none reads a further source, which each shard would read again.
    further = {name for name in table.operators(without_rows=True) if name.startswith("READ_")}
    return table.operators() <= _ROW_WISE and not further


def _batches(table: Table, assigned: Assignment, folder: Path, size: int) -> tuple[Shard, ...]:
    """Write the result with the splits' positions as an Arrow file, and return ranges of its batches."""
    path, ends, volume, written = folder / "result.arrow", [0], 0, 0
    with as_data_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    batches = table.batches(assigned.sql)
    first = next(batches, None)
    if first is None:
        return ()
    with as_data_errors(folder), pa.OSFile(str(path), "wb") as stream, pa.ipc.new_file(stream, first.schema) as writer:
        for batch in _with_first(first, batches):
            writer.write_batch(batch)
            written, volume = written + 1, volume + batch.nbytes
            if volume >= size:
                ends.append(written)
                volume = 0
    ends += [written] if ends[-1] < written else []
    return tuple(Shard(path, start, stop) for start, stop in zip(ends, ends[1:], strict=False))


def _with_first(first: pa.RecordBatch, others: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from others


def _rows(path: Path, size: int) -> Iterator[Shard]:
    """Yield ranges of whole row groups, in rows."""
    metadata = pq.read_metadata(path)
    start = stop = volume = 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        stop, volume = stop + group.num_rows, volume + group.total_byte_size
        if volume >= size:
            yield Shard(path, start, stop)
            start, volume = stop, 0
    if start < stop or not stop:
        yield Shard(path, start, stop)


def _bytes(path: Path, size: int) -> Iterator[Shard]:
    """Yield ranges of whole rows; the complete file if it is compressed."""
    if compression_of(path) or path.stat().st_size <= size:
        yield Shard(path)
        return
    with path.open("rb") as stream:
        start, end = len(_row(stream)), path.stat().st_size
        while start < end:
            stop = _row_end(stream, start, min(start + size, end) - 1)
            yield Shard(path, start, stop)
            start = stop


def _row_end(stream: BinaryIO, start: int, place: int) -> int:
    """Return the end of the row that contains a place, counted from the start of an earlier row."""
    stream.seek(start)
    is_quoted, end = False, start
    while chunk := stream.read(min(place - end, _CHUNK)):
        is_quoted ^= _opens_quote(chunk)
        end += len(chunk)
    return end + len(_row(stream, is_quoted=is_quoted))


def _row(stream: BinaryIO, *, is_quoted: bool = False) -> bytes:
    """Read to the end of a row: the next line end that is not within quotes.

    A quote within a value is doubled, so that a value is complete after an even number of quotes; files with other
    quotes are refused before.
    """
    row = b""
    while line := stream.readline():
        row += line
        is_quoted ^= _opens_quote(line)
        if not is_quoted:
            break
    return row


def _opens_quote(part: bytes) -> bool:
    return part.count(b'"') % 2 == 1


def _select(plan: Plan, shard: Shard, folder: Path) -> str:
    """Return the query for a shard's rows before the query over the source."""
    delimiter = delimiter_of(plan.files)
    if delimiter is None:
        rows = f"({scan(plan.files, [shard.path], 'file_row_number = true')})"
        columns = ", ".join(f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in plan.declared.items())
        return f"SELECT {columns} FROM {rows} WHERE file_row_number >= {shard.start} AND file_row_number < {shard.stop}"
    columns = ", ".join(map(quoted, plan.declared))
    place = (
        shard.path
        if shard.stop is None
        else _copy(shard, partition_folder(folder, shard.path) if plan.files.keys else folder)
    )
    return f"SELECT {columns} FROM ({scan(plan.files, [place])})"


def _copy(shard: Shard, folder: Path) -> Path:
    """Copy the header and a range of lines to a file, because DuckDB reads complete files only."""
    target, remaining = folder / "shard.csv", (shard.stop or 0) - shard.start
    with as_data_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with as_data_errors(folder), shard.path.open("rb") as source, target.open("wb") as copy:
        copy.write(_row(source))
        source.seek(shard.start)
        while remaining and (chunk := source.read(min(remaining, _CHUNK))):
            copy.write(chunk)
            remaining -= len(chunk)
    return target
