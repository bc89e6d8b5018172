"""Score the rows of a file with a model, batch by batch: only a batch is held in memory."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import DataError
from penstock.core.text import shorten
from penstock.serving.batch.output import Output
from penstock.serving.batch.rows import Batch, Rows
from penstock.serving.model.casting import Located, UnreadableValue, as_examples, lists, numbers, texts, vectors
from penstock.serving.model.document import Input
from penstock.serving.model.findings import Findings
from penstock.serving.model.scorer import Scorer
from penstock.serving.model.versions import ModelVersion
from penstock.tables.examples.write import serialize
from penstock.tables.values.conversion import TEXT, TYPED

BATCH_SIZE = 8192
_WANTED = {
    "BIGINT": "a whole number", "DOUBLE": "a number", "BOOLEAN": "true or false", "VARCHAR": "plain text",
    "DATE": "a date", "TIMESTAMP": "a date or a time", "TIME": "a time of day",
}  # fmt: skip


@dataclass(frozen=True)
class Job:
    """What is scored with what.

    Attributes:
        name: What a sentence calls the input.
        rows: The rows of the input.
        model: Where the model lies.
        scorer: The model, loaded.
        findings: What is counted on the way.
        sources: The columns of the source that the model was trained on.
    """

    name: str
    rows: Rows
    model: ModelVersion
    scorer: Scorer
    findings: Findings
    sources: frozenset[str] = frozenset()


def check_columns(job: Job) -> None:
    """Raise a DataError where the input has columns that the model gives, or the model reads others than it says."""
    taken = [name for name in job.scorer.outputs if name in job.rows.names and name not in job.sources]
    if taken:
        received = f"a column {taken[0]!r}, which {job.model} gives"
        raise DataError(job.name, "names that the predictions do not take", received, "rename or drop the column")
    said, read = {wanted.input.input for wanted in job.rows.wanted}, set(job.scorer.columns)
    if said != read:
        odd = sorted(said ^ read)[0]
        received = f"{'no' if odd in said else 'one more'} input {odd!r} in its signature"
        raise DataError(job.model.place, "the columns that it says it reads", received, "push the model again")


def output_names(job: Job) -> list[str]:
    """Return what the predictions are called: as the model calls them, unless the training's source has such a column.

    So the rows of the training can be scored though its label is called `label`.
    """
    names = []
    for name in job.scorer.outputs:
        while name in job.rows.names:
            name = f"predicted_{name}"
        names.append(name)
    return names


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
    done, names = 0, [*job.rows.names, *output_names(job)]
    for batch in job.rows.batches(size):
        scores = _scores(job, _held(job, batch, done))
        output.write(pa.RecordBatch.from_arrays([*batch.kept.columns, *scores], names))
        done += batch.kept.num_rows
        job.findings.rows = done
        on_rows(batch.kept.num_rows)
    return done


def _scores(job: Job, held: dict[str, pa.Array | np.ndarray]) -> list[pa.Array]:
    """Return the predictions for columns as examples hold them: through examples where the model takes these."""
    if job.scorer.examples:
        columns = {
            each.input.name: lists(value, whole=_is_whole(each.input)) if isinstance(value, np.ndarray) else value
            for each, value in ((each, held[each.input.name]) for each in job.rows.wanted)
        }
        rows = pa.RecordBatch.from_arrays(list(columns.values()), list(columns))
        scores = job.scorer.examples(serialize(rows))
        if scores is not None:
            return scores
    served = {wanted.input.input: wanted.input.name for wanted in job.rows.wanted}
    return job.scorer.score({name: _served(job.scorer, name, held[served[name]]) for name in job.scorer.columns})


def _is_whole(wanted: Input) -> bool:
    """Say whether an input's lists hold whole numbers, as examples then do."""
    return bool(re.match(r"U?(TINYINT|SMALLINT|INTEGER|BIGINT)|BOOLEAN", wanted.column.type))


def _served(scorer: Scorer, name: str, held: pa.Array | np.ndarray) -> np.ndarray:
    if isinstance(held, np.ndarray):
        return held
    return texts(held) if scorer.columns[name] == "text" else numbers(held)


def _held(job: Job, batch: Batch, before: int) -> dict[str, pa.Array | np.ndarray]:
    """Return the model's columns by name as examples hold them, of lists as a matrix, counted on the way."""
    columns = {}
    for wanted in job.rows.wanted:
        name = wanted.input.name
        for column, strange in batch.strange[name].items():
            if pc.any(strange).as_py():
                place = pc.index(strange, pa.scalar(True)).as_py()
                raise _sentence(job, _as_read(wanted, column), before + place + 1)
        try:
            columns[name] = _of_column(job, wanted.input, batch.values[name])
        except UnreadableValue as fault:
            raise _sentence(job, wanted, before + fault.position + 1) from None
    return columns


def _as_read(wanted: Located, column: str) -> Located:
    """Return a column of the file as what it is read as: of an input that is computed, one of those it needs."""
    if not wanted.is_computed:
        return wanted
    need = next(each for each in wanted.input.needs if each.name == column)
    return Located(Input(column, "", need, column, role=f"of which data.query computes {wanted.input.name!r}"), column)


def _of_column(job: Job, wanted: Input, values: pa.Array) -> pa.Array | np.ndarray:
    if job.scorer.columns[wanted.input] == "vector":
        return vectors(values, job.scorer.widths[wanted.input], whole=_is_whole(wanted))
    held = as_examples(wanted.name, values)
    job.findings.add(wanted, held)
    return held


def _sentence(job: Job, wanted: Located, row: int) -> DataError:
    place, value = job.rows.where(row, wanted.column)
    expected = _expected(job, wanted.input)
    return DataError(f"{place}, column {wanted.column!r}", expected, repr(shorten(value)), "correct the value")


def _expected(job: Job, wanted: Input) -> str:
    if wanted.input in job.scorer.widths:
        return f"a list of {job.scorer.widths[wanted.input]} numbers"
    column, role = wanted.column, f" ({wanted.role})" if wanted.role else ""
    if not wanted.role and column.type == "DOUBLE":
        return "a number, true, false, or a date or time with the year first"
    if wanted.role == "boolean" and column.type == "BIGINT":
        return f"0 or 1{role}"
    if wanted.role == "timestamp" and column.type == "BIGINT":
        return f"epoch seconds, from 1900 to 2100{role}"
    if column.format in (TYPED, TEXT, "integer", "number", "boolean", "date", "timestamp", "time"):
        return f"{_WANTED.get(column.type, 'a number, or none')}{role}"
    return f"a value written as {column.format!r}, as in training{role}"
