"""Score the rows of a file with a model, batch by batch: only one batch is in memory."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import DataError
from penstock.core.text import shorten
from penstock.serving.batch.output import Output
from penstock.serving.batch.rows import Batch, Rows
from penstock.serving.model.casting import InputColumn, UnreadableValue, as_examples, lists, numbers, texts, vectors
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
    """The rows to score and the model.

    Attributes:
        name: The name of the input in error messages.
        rows: The rows of the input.
        model: The version of the model and its folder.
        scorer: The loaded model.
        findings: The counts of unseen values and of values outside the range of training.
        sources: The columns of the source that the model was trained on.
        constants: Values of further columns, the same in each row.
    """

    name: str
    rows: Rows
    model: ModelVersion
    scorer: Scorer
    findings: Findings
    sources: frozenset[str] = frozenset()
    constants: Mapping[str, pa.Scalar] = field(default_factory=dict)


def check_columns(job: Job) -> None:
    """Raise a DataError if a column has the name of an output, or the model's document and signature differ."""
    constants = [name for name in job.constants if name in job.rows.names]
    if constants:
        received, remedy = f"a column {constants[0]!r}", "rename or drop the column"
        raise DataError(job.name, "no column with the name of one that scoring adds", received, remedy)
    conflicts = [name for name in job.scorer.outputs if name in job.rows.names and name not in job.sources]
    if conflicts:
        received = f"a column {conflicts[0]!r}, which is also an output of {job.model}"
        raise DataError(job.name, "no column with the name of a prediction", received, "rename or drop the column")
    documented, read = {wanted.input.input for wanted in job.rows.wanted}, set(job.scorer.columns)
    if documented != read:
        name = sorted(documented ^ read)[0]
        received = f"{'no' if name in documented else 'an extra'} input {name!r} in its signature"
        raise DataError(job.model.place, "the inputs that its columns.json lists", received, "push the model again")


def output_names(job: Job) -> list[str]:
    """Return the names of the predictions, with a prefix if the source of training has a column of that name.

    So the rows of training can be scored even if the label is called `label`.
    """
    names = []
    for name in job.scorer.outputs:
        while name in job.rows.names:
            name = f"predicted_{name}"
        names.append(name)
    return names


def predict(
    job: Job, output: Output, *, size: int = BATCH_SIZE, on_rows: Callable[[int], None] = lambda rows: None,
    parallel: int = 1,
) -> int:  # fmt: skip
    """Write every row with its predictions, and return the number of rows.

    Args:
        job: The rows and the model.
        output: The output of the rows.
        size: The number of rows per batch.
        on_rows: Called after each batch with its number of rows.
        parallel: The number of batches that are scored at a time, by a server.

    Raises:
        DataError: A row cannot be read, or the model does not accept a value.
    """
    scored, names = 0, [*job.rows.names, *output_names(job), *job.constants]
    for batch, scores in _scored(job, size, parallel):
        constants = (_repeated(value, batch.num_rows) for value in job.constants.values())
        output.write(pa.RecordBatch.from_arrays([*batch.columns, *scores, *constants], names))
        scored += batch.num_rows
        job.findings.rows = scored
        on_rows(batch.num_rows)
    return scored


def _scored(job: Job, size: int, parallel: int) -> Iterator[tuple[pa.RecordBatch, list[pa.Array]]]:
    """Yield the rows of each batch with their predictions, in the order of the rows."""
    before = 0
    if parallel == 1:
        for batch in job.rows.batches(size):
            yield batch.rows, _scores(job, _examples(job, batch, before))
            before += batch.rows.num_rows
        return
    waiting: deque[tuple[pa.RecordBatch, Future[list[pa.Array]]]] = deque()
    pool = ThreadPoolExecutor(parallel)
    try:
        for batch in job.rows.batches(size):
            waiting.append((batch.rows, pool.submit(_scores, job, _examples(job, batch, before))))
            before += batch.rows.num_rows
            if len(waiting) > parallel:
                rows, scores = waiting.popleft()
                yield rows, scores.result()
        while waiting:
            rows, scores = waiting.popleft()
            yield rows, scores.result()
    finally:
        # Without waiting for answers of a server: its connections are closed after this.
        pool.shutdown(wait=False, cancel_futures=True)


def _repeated(value: pa.Scalar, rows: int) -> pa.Array:
    """Return a column of one value, which a writer of text converts once."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int8)), pa.array([value.as_py()], value.type))


def _scores(job: Job, examples: dict[str, pa.Array | np.ndarray]) -> list[pa.Array]:
    """Return the predictions for inputs, by the model's signature for serialized examples if it has one."""
    if job.scorer.examples:
        columns = {
            each.input.name: lists(value, whole=_is_whole(each.input)) if isinstance(value, np.ndarray) else value
            for each, value in ((each, examples[each.input.name]) for each in job.rows.wanted)
        }
        rows = pa.RecordBatch.from_arrays(list(columns.values()), list(columns))
        scores = job.scorer.examples(serialize(rows))
        if scores is not None:
            return scores
    served = {wanted.input.input: wanted.input.name for wanted in job.rows.wanted}
    return job.scorer.score({name: _served(job.scorer, name, examples[served[name]]) for name in job.scorer.columns})


def _is_whole(wanted: Input) -> bool:
    """Return whether the lists of an input, and so those of its examples, are of whole numbers."""
    return bool(re.match(r"U?(TINYINT|SMALLINT|INTEGER|BIGINT)|BOOLEAN", wanted.column.type))


def _served(scorer: Scorer, name: str, values: pa.Array | np.ndarray) -> np.ndarray:
    if isinstance(values, np.ndarray):
        return values
    return texts(values) if scorer.columns[name] == "text" else numbers(values)


def _examples(job: Job, batch: Batch, before: int) -> dict[str, pa.Array | np.ndarray]:
    """Return the inputs by name with the types of examples, lists as a matrix, and count unseen values."""
    columns = {}
    for wanted in job.rows.wanted:
        name = wanted.input.name
        for column, invalid in batch.invalid[name].items():
            if pc.any(invalid).as_py():
                position = pc.index(invalid, pa.scalar(True)).as_py()
                raise _error(job, _source_column(wanted, column), before + position + 1)
        try:
            columns[name] = _of_column(job, wanted.input, batch.values[name])
        except UnreadableValue as fault:
            raise _error(job, wanted, before + fault.position + 1) from None
    return columns


def _source_column(wanted: InputColumn, column: str) -> InputColumn:
    """Return the input of a column of the file; for a computed input, the column that it is computed from."""
    if not wanted.is_computed:
        return wanted
    need = next(each for each in wanted.input.needs if each.name == column)
    return InputColumn(
        Input(column, "", need, column, role=f"of which data.query computes {wanted.input.name!r}"), column
    )


def _of_column(job: Job, wanted: Input, values: pa.Array) -> pa.Array | np.ndarray:
    if job.scorer.columns[wanted.input] == "vector":
        return vectors(values, job.scorer.widths[wanted.input], whole=_is_whole(wanted))
    examples = as_examples(wanted.name, values)
    job.findings.add(wanted, examples)
    return examples


def _error(job: Job, wanted: InputColumn, row: int) -> DataError:
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
