"""Score the rows of a file with a model, batch by batch: only a batch is held in memory."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from pipeline.errors import DataError
from serving.casting import UnreadableValue, numbers, texts, vectors
from serving.columns import locate
from serving.output import Output
from serving.rows import Batch, Rows
from serving.scorer import Scorer
from serving.versions import ModelVersion
from tables.faults import shorten

BATCH_SIZE = 8192


@dataclass(frozen=True)
class Job:
    """What is scored with what.

    Attributes:
        name: What a sentence calls the input.
        rows: The rows of the input.
        model: Where the model lies.
        scorer: The model, loaded.
    """

    name: str
    rows: Rows
    model: ModelVersion
    scorer: Scorer

    @cached_property
    def positions(self) -> dict[str, int]:
        """The position of each column that the model reads; a DataError where some are missing."""
        return locate(self.scorer.columns, self.rows.names, table=self.name, reader=str(self.model))


def check_columns(job: Job) -> None:
    """Raise a DataError where the input lacks columns that the model reads, or has those that the model gives."""
    taken = [name for name in job.scorer.outputs if name in job.rows.names]
    if job.positions and taken:
        received = f"a column {taken[0]!r}, which {job.model} gives"
        raise DataError(job.name, "names that the predictions do not take", received, "rename or drop the column")


def predict(
    job: Job, output: Output, *, size: int = BATCH_SIZE, on_rows: Callable[[int], None] = lambda rows: None
) -> int:
    """Write every row with its predictions, and return the number of rows.

    Args:
        job: What is scored with what.
        output: Where the rows go.
        size: Rows that are scored at once.
        on_rows: Called after each batch with its number of rows.

    Raises:
        DataError: A row cannot be read, or a value is not what the model wants.
    """
    done = 0
    for batch in job.rows.batches(size):
        scores = job.scorer.score(_model_columns(job, batch, done))
        kept = batch.written if output.as_written else batch.typed
        names = [*job.rows.names, *job.scorer.outputs]
        output.write(pa.RecordBatch.from_arrays([*kept.columns, *scores], names))
        done += kept.num_rows
        on_rows(kept.num_rows)
    return done


def _model_columns(job: Job, batch: Batch, before: int) -> dict[str, np.ndarray]:
    columns = {}
    for name, kind in job.scorer.columns.items():
        index = job.positions[name]
        try:
            if kind == "vector":
                columns[name] = vectors(batch.typed.column(index), job.scorer.widths[name])
            else:
                columns[name] = (
                    texts(batch.written.column(index)) if kind == "text" else numbers(batch.typed.column(index))
                )
        except UnreadableValue as fault:
            place = job.rows.where(before + fault.position + 1, job.rows.names[index], fault.value)
            received = repr(shorten(fault.value))
            raise DataError(
                f"{place}, column {job.rows.names[index]!r}", _wanted(job, name), received, "mend the value"
            ) from None
    return columns


def _wanted(job: Job, name: str) -> str:
    if name in job.scorer.widths:
        return f"a list of {job.scorer.widths[name]} numbers"
    return "plain text" if job.scorer.columns[name] == "text" else "a number, a boolean or a time"
