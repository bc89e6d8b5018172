"""What `penstock init` proposes for a table and its label, as plain data: task, roles, query, metric and threshold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import DataError
from penstock.core.text import shorten
from penstock.proposal.evidence import SURE_ROWS, Evidence
from penstock.proposal.formats import Formats
from penstock.proposal.profile import (
    ColumnProfile,
    LabelProfile,
    Totals,
    label_profile,
    present_values,
    profile,
    sample_size,
)
from penstock.proposal.query import Wanted, query_for
from penstock.proposal.quick_model import Figures
from penstock.proposal.roles import Choice, choose
from penstock.proposal.task import LabelChoice, choose_task
from penstock.tables.files.reading import check_capitals
from penstock.tables.input import Input
from penstock.tables.sample import sample
from penstock.tables.spellings import MOST, Counts, spellings
from penstock.tables.table import Table

_FEW_ROWS = 30
_IMBALANCED = 10
_MOST_SLICES, _MOST_SLICED, _SLICE_ROWS = 2, 8, 30


@dataclass(frozen=True)
class Proposal:
    """What is proposed, and what it was inferred from.

    Attributes:
        label: The label's column.
        task: The task and why.
        choices: Each column's role, or why it is left out.
        profiles: What is known of each column, by name.
        query: The query to write, if one is needed.
        metric: The metric that decides.
        bound: The threshold of the metric; a maximum for rmse, else a minimum.
        figures: What the threshold lies between, where the rows could tell.
        slices: Columns by whose values the metric is also computed.
        warnings: What a person should look at, a sentence each.
        rows: Rows of the table.
        sampled: Rows that were looked at.
        formats: How columns are read where that needs a word.
    """

    label: LabelProfile
    task: LabelChoice
    choices: tuple[Choice, ...]
    profiles: dict[str, ColumnProfile]
    query: str | None
    metric: str
    bound: float
    figures: Figures | None
    slices: tuple[str, ...]
    warnings: tuple[str, ...]
    rows: int
    sampled: int
    formats: Formats = field(default_factory=Formats)

    @property
    def kept(self) -> tuple[Choice, ...]:
        """The columns that the model is to see."""
        return tuple(choice for choice in self.choices if choice.role)

    @property
    def left_out(self) -> tuple[Choice, ...]:
        """The columns that it is not to see."""
        return tuple(choice for choice in self.choices if not choice.role)

    @property
    def is_sampled(self) -> bool:
        """Whether the table has more rows than were looked at."""
        return self.sampled < self.rows


def propose(table: Table, source: Input, label: str, formats: Formats | None = None) -> Proposal:
    """Return what is proposed for a table.

    Args:
        table: The table, its columns read as is proposed.
        source: Where its rows come from.
        label: The label's column.
        formats: How its columns are read.

    Raises:
        DataError: There is nothing to learn, or nothing to learn from; the sentence says why.
    """
    check_capitals(table.files)
    known = label_profile(table, label)
    task = choose_task(known)
    totals = Totals()
    rows = sample(table, sample_size(len(table.columns)), on_batch=totals.add)
    columns = [column for column in profile(table.columns, rows, totals) if column.name != label]
    profiles = {column.name: column for column in columns}
    evidence = Evidence.of(rows.data, label, task, profiles)
    choices, given_away = evidence.without_leaks(choose(columns))
    kept = [choice for choice in choices if choice.role]
    if not kept:
        raise _nothing_left(table, choices)
    metric = _metric(task)
    reached = evidence.figures(kept, metric)
    wanted = Wanted(
        known,
        task.positive,
        task.cast,
        [choice.column for choice in choices if choice.is_dropped],
    )
    return Proposal(
        label=known,
        task=task,
        choices=tuple(choices),
        profiles=profiles,
        query=query_for(wanted, source, [column.name for column in table.columns]),
        metric=metric,
        bound=bound_of(metric, reached),
        figures=reached,
        slices=_slices(kept, profiles),
        warnings=(
            *(f"{name!r}: {note}" for name, note in (formats or Formats()).notes.items()),
            *_warnings(known, task, given_away, reached),
            *label_spellings(known, task, sql=not table.is_remote),
            *column_spellings(rows.data, kept, profiles, sql=not table.is_remote),
        ),
        rows=known.rows,
        sampled=rows.data.num_rows,
        formats=formats or Formats(),
    )


def bound_of(metric: str, reached: Figures | None) -> float:
    """Return a threshold between what a constant and a quick model reach, nearer to the constant for few rows.

    It is that of the constant where there is no quick model, and refuses nothing where there is not even a constant.
    """
    if reached is None:
        return {"auc": 0.5, "accuracy": 0.0, "macro_f1": 0.0}.get(metric, 1e30)
    part = 0.5 if reached.rows >= SURE_ROWS else 0.25
    quick = reached.constant if reached.quick is None else reached.quick
    found = reached.constant + part * (quick - reached.constant)
    if metric == "rmse":
        # A quick model that fails is no reason to ask for less than a constant gives.
        return _rounded(min(found, reached.constant) * 1.02, up=True)
    return _rounded(max(found, reached.constant) * 0.98, up=False)


def _rounded(value: float, *, up: bool) -> float:
    digits = f"{value:.3g}"
    rounded = float(digits)
    if up and rounded < value:
        rounded = float(f"{value * 1.005:.3g}")
    return max(rounded, 1e-30) if up else min(rounded, value) if rounded > value * 1.01 else rounded


def _nothing_left(table: Table, choices: Sequence[Choice]) -> DataError:
    shown = "; ".join(f"{choice.column}: {choice.reason}" for choice in choices[:3])
    received = f"none ({shown}{'; and more' if len(choices) > 3 else ''})" if choices else "the label only"
    return DataError(table.name, "columns to learn from", received, "add columns, or make some by --query")


def _metric(task: LabelChoice) -> str:
    if task.task == "regression":
        return "rmse"
    if task.task == "binary":
        return "auc"
    counts = [count for _, count in task.classes]
    return "macro_f1" if max(counts) > 2 * min(counts) else "accuracy"


def _slices(kept: Sequence[Choice], profiles: dict[str, ColumnProfile]) -> tuple[str, ...]:
    """Return columns of a few values, each in rows enough to say something of it."""
    found = []
    for choice in kept:
        column = profiles[choice.column]
        few = choice.role == "categorical" and column.kind == "text" and 1 < column.distinct <= _MOST_SLICED
        if few and column.missing == 0 and column.rows >= 3 * _SLICE_ROWS * column.distinct:
            found.append(choice.column)
    return tuple(found[:_MOST_SLICES])


def _warnings(
    label: LabelProfile, task: LabelChoice, given_away: Sequence[Choice], reached: Figures | None
) -> Iterator[str]:
    name = repr(label.name)
    if label.missing:
        marks = f" ({shorten(', '.join(map(repr, label.marks)), 60)} counts as none)" if label.marks else ""
        yield f"{label.missing:,} of {label.rows:,} rows have no {name}{marks}; the query leaves them out."
    if label.infinite:
        yield f"In {label.infinite:,} of {label.rows:,} rows {name} is infinite; the query leaves them out."
    yield from task.notes
    if task.classes:
        largest, smallest = max(count for _, count in task.classes), min(count for _, count in task.classes)
        if largest >= _IMBALANCED * smallest:
            ratio = f"{largest / smallest:.0f} to 1"
            yield f"The classes are uneven, {ratio}: judge by {_metric(task)}, not by accuracy."
    for choice in given_away:
        score = f"{choice.score:.3f}"
        if choice.role:
            yield f"{choice.column!r} alone tells the label ({score}); it is kept. Is it known when predicting?"
        else:
            yield f"{choice.column!r} gives the label away ({score} alone); left out. Is it known when predicting?"
    if label.present < _FEW_ROWS:
        yield f"{label.present} rows are few: all figures are rough."
    yield from _of_threshold(task, reached)


def _of_threshold(task: LabelChoice, reached: Figures | None) -> Iterator[str]:
    if reached is None:
        yield "The rows could not tell what a model may reach; set the threshold yourself."
    elif reached.quick is None:
        yield "The rows could not tell what a model may reach; the threshold is that of a constant."
    elif (reached.quick >= reached.constant) == (task.task == "regression"):
        yield "A quick model was no better than a constant; the threshold is that of the constant."


def label_spellings(label: LabelProfile, task: LabelChoice, *, sql: bool) -> Iterator[str]:
    """Yield a sentence where classes differ in spelling alone; of two classes the query makes each one.

    Args:
        label: The label.
        task: What is proposed for it.
        sql: Whether the query is in DuckDB's dialect.
    """
    if label.kind == "text" and task.task == "multiclass":
        found = spellings(label.name, label.counts)
        if found:
            yield found.sentence(sql=sql)


def column_spellings(
    rows: pa.Table, choices: Sequence[Choice], profiles: Mapping[str, ColumnProfile], *, sql: bool
) -> Iterator[str]:
    """Yield a sentence for each column of categories that differ in spelling alone, of the rows that were looked at."""
    for choice in choices:
        column = profiles[choice.column]
        if choice.role == "categorical" and column.kind == "text" and column.distinct <= MOST:
            found = spellings(choice.column, _counts(rows.column(choice.column)))
            if found:
                yield found.sentence(sql=sql)


def _counts(column: pa.ChunkedArray) -> Counts:
    array = column.combine_chunks()
    counted = pc.value_counts(present_values(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array))
    return tuple((str(entry["values"]), int(entry["counts"])) for entry in counted.to_pylist())
