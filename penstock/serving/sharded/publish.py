"""Publishes scored shards: as one file that appears when it is complete, or in a table, a transaction per shard."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core.errors import ConfigError, DataError
from penstock.core.files import atomic_file
from penstock.serving.batch.formats import DelimitedWriter
from penstock.serving.sharded.work import Outcome, Work
from penstock.tables.databases.target import Stored, Target, open_target

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_COPIED = 1 << 20


def to_file(work: Work, outcomes: Sequence[Outcome], target: Path, names: Sequence[str], option: str = "--to") -> None:
    """Join the files of the shards into one file, which replaces the target when it is complete.

    Args:
        work: The work folder.
        outcomes: The outcomes of all shards, in the order of the rows.
        target: The file.
        names: The columns of the scored rows.
        option: The option that names the target.

    Raises:
        ConfigError: The file cannot be written.
        DataError: A shard does not have the rows of its outcome.
    """
    try:
        with atomic_file(target) as made, made.open("wb") as stream:
            if target.suffix.lower() == ".parquet":
                _join_parquet(work, outcomes, stream)
                return
            _write_header(target, stream, names)
            for outcome in outcomes:
                with work.file(outcome.number).open("rb") as shard:
                    shutil.copyfileobj(shard, stream, _COPIED)
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = "name another file, then start the command again, which continues"
        raise ConfigError(f"{option} {target}", "a file that can be written", reason, remedy) from error


def to_table(work: Work, outcomes: Sequence[Outcome], target: Target, run: str) -> None:
    """Write the shards that are not yet in a table into it, each in one transaction.

    Raises:
        DataError: The database fails, or a shard does not have the rows of its outcome.
    """
    with open_target(target) as table:
        table.prepare(_schema(work.file(outcomes[0].number)))
        done = table.done(run)
        for outcome in outcomes:
            if outcome.number not in done:
                shard = Stored(run, outcome.number, outcome.rows)
                table.write(shard, _batches(work, outcome))
        written = table.done(run)
    if sum(written.values()) != sum(outcome.rows for outcome in outcomes):
        expected = f"{sum(outcome.rows for outcome in outcomes):,} rows of the scoring {run}"
        received = f"{sum(written.values()):,}"
        raise DataError(target.name, expected, received, "score all rows again with --restart")


def _write_header(target: Path, stream: BinaryIO, names: Sequence[str]) -> None:
    delimiter = _DELIMITERS.get(target.suffix.lower())
    if delimiter is not None:
        empty = [pa.array([], pa.string())] * len(names)
        DelimitedWriter(stream, delimiter).write(pa.RecordBatch.from_arrays(empty, list(names)))


def _join_parquet(work: Work, outcomes: Sequence[Outcome], stream: BinaryIO) -> None:
    """Write each shard as a row group; one of them at a time is in memory."""
    with pq.ParquetWriter(stream, _schema(work.file(outcomes[0].number))) as writer:
        for outcome in outcomes:
            rows = pa.Table.from_batches(_batches(work, outcome), writer.schema)
            if rows.num_rows:
                writer.write_table(rows, row_group_size=rows.num_rows)


def _batches(work: Work, outcome: Outcome) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a shard in batches; a shard without rows has none.

    Raises:
        DataError: The file does not have the rows of its outcome.
    """
    read = 0
    if outcome.size:
        with pa.memory_map(str(work.file(outcome.number))) as stream, pa.ipc.open_file(stream) as batches:
            for number in range(batches.num_record_batches):
                batch = batches.get_batch(number)
                read += batch.num_rows
                yield batch
    if read != outcome.rows:
        place = str(work.file(outcome.number))
        raise DataError(place, f"{outcome.rows} rows", str(read), "score all rows again with --restart")


def _schema(file: Path) -> pa.Schema:
    with pa.memory_map(str(file)) as stream, pa.ipc.open_file(stream) as batches:
        return batches.schema
