"""Score the rows of a file with a model, batch by batch: only a batch is held in memory."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import DataError
from serving.casting import UnreadableValue, as_examples, numbers, texts, vectors
from serving.document import Input
from serving.findings import Findings
from serving.output import Output
from serving.rows import Batch, Rows
from serving.scorer import Scorer
from serving.versions import ModelVersion
from tables.conversion import TEXT, TYPED
from tables.faults import shorten

BATCH_SIZE = 8192
_WANTED = {"BIGINT": "a whole number", "DOUBLE": "a number", "BOOLEAN": "true or false", "VARCHAR": "plain text"}


@dataclass(frozen=True)
class Job:
    """What is scored with what.

    Attributes:
        name: What a sentence calls the input.
        rows: The rows of the input.
        model: Where the model lies.
        scorer: The model, loaded.
        findings: What is counted on the way.
    """

    name: str
    rows: Rows
    model: ModelVersion
    scorer: Scorer
    findings: Findings


def check_columns(job: Job) -> None:
    """Raise a DataError where the input has columns that the model gives, or the model reads others than it says."""
    taken = [name for name in job.scorer.outputs if name in job.rows.names]
    if taken:
        received = f"a column {taken[0]!r}, which {job.model} gives"
        raise DataError(job.name, "names that the predictions do not take", received, "rename or drop the column")
    said, read = {wanted.input for wanted in job.rows.wanted.values()}, set(job.scorer.columns)
    if said != read:
        odd = sorted(said ^ read)[0]
        received = f"{'no' if odd in said else 'one more'} input {odd!r} in its signature"
        raise DataError(job.model.place, "the columns that it says it reads", received, "push the model again")


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
        names = [*job.rows.names, *job.scorer.outputs]
        output.write(pa.RecordBatch.from_arrays([*batch.kept.columns, *scores], names))
        done += batch.kept.num_rows
        job.findings.rows = done
        on_rows(batch.kept.num_rows)
    return done


def _model_columns(job: Job, batch: Batch, before: int) -> dict[str, np.ndarray]:
    columns = {}
    for name, wanted in job.rows.wanted.items():
        values, strange = batch.values[name], batch.strange[name]
        try:
            if pc.any(strange).as_py():
                raise UnreadableValue(pc.index(strange, pa.scalar(True)).as_py())
            columns[wanted.input] = _served(job, wanted, values)
        except UnreadableValue as fault:
            place, value = job.rows.where(before + fault.position + 1, name)
            raise DataError(
                f"{place}, column {name!r}", _expected(job, wanted), repr(shorten(value)), "correct the value"
            ) from None
    return columns


def _served(job: Job, wanted: Input, values: pa.Array) -> np.ndarray:
    """Return values as the signature takes them, counted on the way."""
    kind = job.scorer.columns[wanted.input]
    if kind == "vector":
        return vectors(values, job.scorer.widths[wanted.input])
    held = as_examples(wanted.name, values)
    job.findings.add(wanted, held)
    return texts(held) if kind == "text" else numbers(held)


def _expected(job: Job, wanted: Input) -> str:
    if wanted.input in job.scorer.widths:
        return f"a list of {job.scorer.widths[wanted.input]} numbers"
    column, role = wanted.column, f" ({wanted.role})" if wanted.role else ""
    if wanted.role == "boolean" and column.type == "BIGINT":
        return f"0 or 1{role}"
    if wanted.role == "timestamp" and column.type == "BIGINT":
        return f"epoch seconds, from 1900 to 2100{role}"
    if column.format in (TYPED, TEXT) or column.format in ("integer", "number", "boolean"):
        return f"{_WANTED.get(column.type, 'a date or a time')}{role}"
    return f"a value written as {column.format!r}, as in training{role}"
