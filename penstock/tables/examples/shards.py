"""A table in shards that can be read anywhere, in any order: together they are the table, row for row.

A shard is a part of a file: a whole one, a range of its bytes, or a range of its rows. What holds for the whole table
is told once, by all of it: the columns' types, and what a split by time or by a column comes down to.

A query that takes each row by itself runs on each shard. Any other, such as an aggregation, a window, a join, an order
or a limit, needs all rows at once; so does a quarantine. Then the result is made first, as an Arrow file, and that is
what is in shards.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core.files import as_data_errors
from penstock.tables.connection import engine
from penstock.tables.files.compression import compression_of
from penstock.tables.files.find import Files
from penstock.tables.files.partitions import placed
from penstock.tables.files.reading import delimiter_of, scan
from penstock.tables.splitting import Assignment
from penstock.tables.sql import quoted
from penstock.tables.table import Table
from penstock.tables.values.interpretation import Interpretation

SIZE = 32_000_000
_BY_ROW = {"PROJECTION", "FILTER", "READ_CSV", "READ_PARQUET"}
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Shard:
    """A part of a file: all of it, or from `start` up to `stop`, which are bytes, rows or batches by its kind."""

    path: Path
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True)
class Plan:
    """How any shard of a table is read.

    Attributes:
        files: The files of the source, as errors name them.
        query: What is asked of each shard; None for all of it.
        how: How the columns of the source are read, which all of its rows decided.
        declared: The columns of the files with the types that these declare.
        split: The SQL for a row's position among the splits; None where the shards are batches that hold it.
        shards: All parts, in the order of the rows.
    """

    files: Files
    query: str | None
    how: Interpretation
    declared: Mapping[str, str]
    split: str | None
    shards: tuple[Shard, ...]


def plan(table: Table, assigned: Assignment, folder: Path, *, size: int = SIZE) -> Plan:
    """Return the table in shards of about `size` bytes; a result that has to be made first goes into `folder`."""
    made = Plan(table.files, table.query, table.interpretation, table.declared, assigned.sql, ())
    if not _by_row(table):
        return replace(made, split=None, shards=_batches(table, assigned, folder, size))
    cut = _rows if table.files.kind == "Parquet" else _bytes
    return replace(made, shards=tuple(shard for path in table.files.paths for shard in cut(path, size)))


def read(made: Plan, shard: Shard) -> Iterator[pa.RecordBatch]:
    """Yield a shard's rows after the query; the last column is the position of the row's split.

    Raises:
        DataError: A row cannot be read; the sentence names the file and the line.
    """
    if made.split is None:
        with pa.memory_map(str(shard.path)) as stream, pa.ipc.open_file(stream) as batches:
            yield from (batches.get_batch(number) for number in range(shard.start, shard.stop or 0))
        return
    with engine() as (connection, folder):
        table = Table(made.files, made.query, connection, made.how, rows=_select(made, shard, folder))
        yield from table.batches(made.split)


def _by_row(table: Table) -> bool:
    if table.separated:
        return False
    # What reads rows though the source has none reads something else besides: each shard would read all of that.
    others = {name for name in table.operators(without_rows=True) if name.startswith("READ_")}
    return table.operators() <= _BY_ROW and not others


def _batches(table: Table, assigned: Assignment, folder: Path, size: int) -> tuple[Shard, ...]:
    """Write the result with the splits' positions as a file of batches, and return ranges of these."""
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
    """Yield ranges of whole lines, or the whole file where a line may not be a row: compressed, or with quotes."""
    if compression_of(path) or path.stat().st_size <= size or _holds_quotes(path):
        yield Shard(path)
        return
    with path.open("rb") as stream:
        start, end = len(stream.readline()), path.stat().st_size
        while start < end:
            stream.seek(min(start + size, end) - 1)
            stream.readline()
            yield Shard(path, start, stream.tell())
            start = stream.tell()


def _holds_quotes(path: Path) -> bool:
    with path.open("rb") as stream:
        return any(b'"' in chunk for chunk in iter(lambda: stream.read(_CHUNK), b""))


def _select(made: Plan, shard: Shard, folder: Path) -> str:
    """Return the query for a shard's rows before the query over the source."""
    delimiter = delimiter_of(made.files)
    if delimiter is None:
        rows = f"({scan(made.files, [shard.path], 'file_row_number = true')})"
        columns = ", ".join(f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in made.declared.items())
        return f"SELECT {columns} FROM {rows} WHERE file_row_number >= {shard.start} AND file_row_number < {shard.stop}"
    columns = ", ".join(map(quoted, made.declared))
    place = (
        shard.path if shard.stop is None else _copy(shard, placed(folder, shard.path) if made.files.keys else folder)
    )
    return f"SELECT {columns} FROM ({scan(made.files, [place])})"


def _copy(shard: Shard, folder: Path) -> Path:
    """Copy a range of lines under the file's header: the engine reads nothing but whole files."""
    target, left = folder / "shard.csv", (shard.stop or 0) - shard.start
    with as_data_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with as_data_errors(folder), shard.path.open("rb") as source, target.open("wb") as copy:
        copy.write(source.readline())
        source.seek(shard.start)
        while left and (chunk := source.read(min(left, _CHUNK))):
            copy.write(chunk)
            left -= len(chunk)
    return target
