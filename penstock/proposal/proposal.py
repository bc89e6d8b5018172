"""The proposal of `penstock init` for a table and its label: task, roles, query, metric and threshold."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import ConfigError, DataError
from penstock.core.losses import LOSS_METRICS
from penstock.core.text import did_you_mean, shorten
from penstock.proposal.checks import Checks, has_lines
from penstock.proposal.evidence import Evidence
from penstock.proposal.formats import Formats
from penstock.proposal.label_options import LabelOptions
from penstock.proposal.personal import personal_columns, without_personal
from penstock.proposal.profile import (
    ColumnProfile,
    LabelProfile,
    Totals,
    label_profile,
    present_values,
    profile,
    sample_size,
)
from penstock.proposal.protected import protected_columns
from penstock.proposal.query import QueryChanges, query_for
from penstock.proposal.quick_model import QuickScores
from penstock.proposal.roles import Choice, choose
from penstock.proposal.task import LabelChoice, choose_task
from penstock.tables.files.reading import check_capitals
from penstock.tables.input import Input
from penstock.tables.sample import sample
from penstock.tables.spellings import MAX_DISTINCT, Counts, spellings
from penstock.tables.table import Table
from penstock.tables.weights import check_weight

_FEW_ROWS = 30
_IMBALANCED = 10
# The margin around a constant's score, and how far from it a threshold is without a sampling error.
_MARGIN, _FEW_SHARE = 0.02, 0.25
# The metrics of which a smaller value is better.
_LOSSES = {"rmse", *(name for known in LOSS_METRICS.values() for name, is_greater in known.items() if not is_greater)}
_MOST_SLICES, _MOST_SLICED, _SLICE_ROWS = 2, 8, 30


@dataclass(frozen=True)
class Proposal:
    """The proposal, and the profiles it was inferred from.

    Attributes:
        label: The label's column.
        task: The task and the reason for it.
        choices: Each column's role, or the reason why it is left out.
        profiles: The profile of each column but the label, by name.
        query: The query to write, if one is needed.
        metric: The metric of the threshold.
        threshold: The threshold of the metric; a maximum of a loss, else a minimum.
        quick_scores: The scores from which the threshold is derived, if they could be estimated.
        slices: The columns by whose values the metric is also computed.
        warnings: Warnings for the user, one sentence each.
        rows: The number of rows of the table.
        sampled: The number of rows of the sample.
        formats: The formats of columns that need a line.
        weight: The column with the weight of each row; None without one.
        checks: Personal data, protected attributes, suspects of leakage and probable label errors.
    """

    label: LabelProfile
    task: LabelChoice
    choices: tuple[Choice, ...]
    profiles: dict[str, ColumnProfile]
    query: str | None
    metric: str
    threshold: float
    quick_scores: QuickScores | None
    slices: tuple[str, ...]
    warnings: tuple[str, ...]
    rows: int
    sampled: int
    formats: Formats = field(default_factory=Formats)
    weight: str | None = None
    checks: Checks = field(default_factory=Checks)

    @property
    def features(self) -> tuple[Choice, ...]:
        """The columns with a role."""
        return tuple(choice for choice in self.choices if choice.role)

    @property
    def left_out(self) -> tuple[Choice, ...]:
        """The columns without a role."""
        return tuple(choice for choice in self.choices if not choice.role)

    @property
    def bound(self) -> str:
        """The key of the threshold: `max` of a loss, `min` of other metrics."""
        return "max" if self.metric in _LOSSES else "min"

    @property
    def is_sampled(self) -> bool:
        """Whether the sample has fewer rows than the table."""
        return self.sampled < self.rows


def propose(  # noqa: PLR0913 the table, and what the user asks for
    table: Table,
    source: Input,
    label: str,
    formats: Formats | None = None,
    *,
    weight: str | None = None,
    options: LabelOptions | None = None,
) -> Proposal:
    """Return the proposal for a table.

    Args:
        table: The table, read with the proposed formats.
        source: The input of the table.
        label: The label's column.
        formats: The proposed formats.
        weight: The column with the weight of each row, which is no feature.
        options: What the user asks for the label.

    Raises:
        DataError: The label cannot be predicted, or there are no features; the sentence says why.
    """
    check_capitals(table.files)
    known = label_profile(table, label)
    if weight is not None:
        _check_weight(table, weight, label)
    task = choose_task(known, options)
    totals = Totals()
    rows = sample(table, sample_size(len(table.columns)), on_batch=totals.add)
    profiled = {column.name: column for column in profile(table.columns, rows, totals) if column.name != label}
    profiles = {name: column for name, column in profiled.items() if name != weight}
    evidence = Evidence.of(rows.data, label, task, profiles, weight)
    chosen, personal = without_personal(
        evidence.by_order(choose(profiles.values())), personal_columns(rows.data, profiles)
    )
    choices, leaks = evidence.without_leaks(chosen)
    features = [choice for choice in choices if choice.role]
    if not features:
        raise _no_features(table, choices)
    metric = task.metric
    scores = evidence.quick_scores(features, metric, task.loss)
    classes = [value for value, _ in task.classes]
    checks = Checks(
        personal,
        protected_columns(rows.data, profiles),
        evidence.suspects(choices),
        evidence.label_errors(features, classes, rows.positions, lines=has_lines(table, known.rows)),
        task.task,
        weighted=weight is not None,
    )
    changes = QueryChanges(
        known,
        task.positive,
        task.cast,
        [choice.column for choice in choices if choice.is_dropped],
    )
    return Proposal(
        label=known,
        task=task,
        choices=tuple(choices),
        profiles=profiled,
        query=query_for(changes, source, [column.name for column in table.columns]),
        metric=metric,
        threshold=threshold_of(metric, scores),
        quick_scores=scores,
        slices=_slices(features, profiles),
        warnings=(
            *_format_notes(formats or Formats(), {each.column for each in personal}),
            *_warnings(known, task, leaks, scores),
            *label_spellings(known, task, sql=not table.is_remote),
            *column_spellings(rows.data, features, profiles, sql=not table.is_remote),
            *checks.warnings(),
        ),
        rows=known.rows,
        sampled=rows.data.num_rows,
        formats=formats or Formats(),
        weight=weight,
        checks=checks,
    )


def _check_weight(table: Table, weight: str, label: str) -> None:
    names = [column.name for column in table.columns]
    if weight == label:
        raise ConfigError("--weight", "another column than the label", repr(weight), "name the column of the weights")
    if weight not in names:
        received = f"no column {weight!r}{did_you_mean(weight, names)}"
        raise DataError(f"--weight {weight!r}", f"a column of {table.name}", received, "correct the name")
    check_weight(table, weight, table.rows())


def _format_notes(formats: Formats, personal: Set[str]) -> Iterator[str]:
    """Yield the notes on formats; of a column with personal data without its values."""
    for name, note in formats.notes.items():
        if name in personal:
            note = f"Read as {formats.formats[name]!r}."
        yield f"{name!r}: {note}"


def threshold_of(metric: str, scores: QuickScores | None) -> float:
    """Return a threshold: the score of a quick model, worse by the sampling errors; at least that of a constant.

    It is the score of the constant, with a small margin, if there is no quick model. Every model passes it if there is
    no score at all. Without a sampling error, because of few rows, it is near the constant.
    """
    if scores is None:
        return 1e30 if metric in _LOSSES else {"auc": 0.5, "quadratic_kappa": -1.0}.get(metric, 0.0)
    worse = 1.0 if metric in _LOSSES else -1.0
    if scores.quick is None:
        return _rounded(scores.constant * (1 + worse * _MARGIN), up=worse > 0)
    found = scores.quick + worse * scores.allowance
    if not scores.error:
        found = scores.constant + _FEW_SHARE * (scores.quick - scores.constant)
    if metric in _LOSSES:
        # A quick model that is worse than a constant does not lower the threshold below the constant.
        return _rounded(min(found, scores.constant), up=True)
    return _rounded(max(found, scores.constant), up=False)


def _rounded(value: float, *, up: bool) -> float:
    digits = f"{value:.3g}"
    rounded = float(digits)
    if up and rounded < value:
        rounded = float(f"{value * 1.005:.3g}")
    return max(rounded, 1e-30) if up else min(rounded, value) if rounded > value * 1.01 else rounded


def _no_features(table: Table, choices: Sequence[Choice]) -> DataError:
    shown = "; ".join(f"{choice.column}: {choice.reason}" for choice in choices[:3])
    received = f"none ({shown}{'; and more' if len(choices) > 3 else ''})" if choices else "the label only"
    return DataError(table.name, "features", received, "add columns, or compute some with --query")


def _slices(features: Sequence[Choice], profiles: dict[str, ColumnProfile]) -> tuple[str, ...]:
    """Return columns with few values, each in enough rows for a metric."""
    found = []
    for choice in features:
        column = profiles[choice.column]
        few = choice.role == "categorical" and column.kind == "text" and 1 < column.distinct <= _MOST_SLICED
        if few and column.missing == 0 and column.rows >= 3 * _SLICE_ROWS * column.distinct:
            found.append(choice.column)
    return tuple(found[:_MOST_SLICES])


def _warnings(
    label: LabelProfile, task: LabelChoice, leaks: Sequence[Choice], scores: QuickScores | None
) -> Iterator[str]:
    name = repr(label.name)
    if label.missing:
        marks = f" ({shorten(', '.join(map(repr, label.marks)), 60)} counts as missing)" if label.marks else ""
        yield f"{label.missing:,} of {label.rows:,} rows have no {name}{marks}; the query leaves them out."
    if label.infinite:
        yield f"In {label.infinite:,} of {label.rows:,} rows {name} is infinite; the query leaves them out."
    yield from task.notes
    if task.classes:
        counts = [count for _, count in task.classes if count]
        largest, smallest = max(counts), min(counts)
        if largest >= _IMBALANCED * smallest:
            ratio = f"{largest / smallest:.0f} to 1"
            yield f"The classes are uneven, {ratio}: judge by {task.metric}, not by accuracy."
    for choice in leaks:
        score = f"{choice.score:.3f}"
        if choice.role:
            yield f"{choice.column!r} leaks the label ({score} alone); it is kept. Is it known when predicting?"
        else:
            yield f"{choice.column!r} leaks the label ({score} alone); left out. Is it known when predicting?"
    if label.present < _FEW_ROWS:
        yield f"{label.present} rows are few: all scores are rough estimates."
    yield from _of_threshold(task, scores)


def _of_threshold(task: LabelChoice, scores: QuickScores | None) -> Iterator[str]:
    if scores is None:
        yield "No score could be estimated from the rows; set the threshold yourself."
    elif scores.quick is None:
        yield "The score of a model could not be estimated from the rows; the threshold is that of a constant."
    elif (scores.quick >= scores.constant) == (task.task == "regression"):
        yield "A quick model was no better than a constant; the threshold is that of the constant."


def label_spellings(label: LabelProfile, task: LabelChoice, *, sql: bool) -> Iterator[str]:
    """Yield a warning if classes differ in spelling only; of two classes the query unifies the spellings.

    Args:
        label: The label.
        task: The proposed task.
        sql: Whether the query is in DuckDB's dialect.
    """
    if label.kind == "text" and task.task == "multiclass" and not task.order:
        found = spellings(label.name, label.counts)
        if found:
            yield found.sentence(sql=sql)


def column_spellings(
    rows: pa.Table, choices: Sequence[Choice], profiles: Mapping[str, ColumnProfile], *, sql: bool
) -> Iterator[str]:
    """Yield a warning for each column with categories that differ in spelling only in the sample."""
    for choice in choices:
        column = profiles[choice.column]
        if choice.role == "categorical" and column.kind == "text" and column.distinct <= MAX_DISTINCT:
            found = spellings(choice.column, _counts(rows.column(choice.column)))
            if found:
                yield found.sentence(sql=sql)


def _counts(column: pa.ChunkedArray) -> Counts:
    array = column.combine_chunks()
    counted = pc.value_counts(present_values(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array))
    return tuple((str(entry["values"]), int(entry["counts"])) for entry in counted.to_pylist())
