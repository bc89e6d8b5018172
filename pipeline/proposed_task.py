"""What a label asks for: the task, the classes, the expression that makes it learnable, and which rows have to go."""

from dataclasses import dataclass
from typing import Any, NoReturn

from modules.features import Task
from pipeline.errors import DataError
from pipeline.proposed_roles import words_of
from tables.conversion import DOUBTFUL_MARKS
from tables.faults import shorten
from tables.label_profile import MOST, LabelProfile

_MOST_CLASSES, _ROWS_PER_CLASS, _FEWEST_ROWS = 20, 5, 2
# Beyond this, the square of an error leaves the range of the 32 bits in which a model computes.
_GREATEST = 1e18


@dataclass(frozen=True)
class LabelChoice:
    """What is proposed for the label.

    Attributes:
        task: The task.
        reason: Why, as a person reads it.
        classes: The classes with their rows; the positive one last where there are two, else the most frequent first.
        positive: The value that a binary label is compared with, where it has to be.
        cast: DuckDB's type that the label is converted to, where it has to be.
        notes: What else a person should know.
    """

    task: Task
    reason: str
    classes: tuple[tuple[Any, int], ...] = ()
    positive: Any = None
    cast: str = ""
    notes: tuple[str, ...] = ()


def choose_task(label: LabelProfile) -> LabelChoice:
    """Return what is proposed for the label.

    Raises:
        DataError: There is nothing to learn; the sentence says what the label is instead.
    """
    _check(label)
    if label.distinct == 2:
        return _binary(label)
    if label.kind == "text":
        return _of_text(label)
    per_class = label.present / label.distinct
    if label.is_whole and label.distinct <= _MOST_CLASSES and per_class >= _ROWS_PER_CLASS:
        reason = f"{label.distinct} whole numbers, each in {per_class:,.0f} rows on average"
        note = 'To predict them as amounts set model.task to "regression" and evaluation.metric to "rmse".'
        return LabelChoice("multiclass", reason, label.counts, cast=_whole(label), notes=(note,))
    _check_range(label)
    return LabelChoice("regression", f"numbers, {label.distinct:,} different ones")


def _check(label: LabelProfile) -> None:
    if label.kind not in ("boolean", "integer", "number", "text"):
        _refuse(label, "numbers, text or booleans", f"a column of {label.type}")
    if not label.present:
        received = f"none in {label.rows} rows" if not label.infinite else f"none that is finite in {label.rows} rows"
        _refuse(label, "values", received, _other_label(label))
    if label.present == 1:
        _refuse(label, "several rows to learn from", "1 row with a value", "add rows")
    if label.distinct == 1:
        others = "every row" if not label.missing else f"the {label.present:,} of {label.rows:,} rows that have one"
        _refuse(label, "two values or more", f"only {label.counts[0][0]!r} in {others}", _other_label(label))
    numbered = label.kind == "integer" and label.high is not None and label.low is not None
    numbered = numbered and label.high - label.low + 1 == label.present > _MOST_CLASSES  # type: ignore[operator]
    named = label.kind == "integer" and words_of(label.name) & {"id", "uuid", "rowid", "index"}
    is_text = label.kind == "text" and label.present > 2 and not _reads_as_numbers(label)
    if label.distinct == label.present > 2 and (numbered or named or is_text):
        _refuse(label, "values that come again", f"an identifier: {label.distinct:,} values in {label.present:,} rows")


def _other_label(label: LabelProfile) -> str:
    marks = shorten(" or ".join(map(repr, label.marks)), 40)
    rename = f", or, if {marks} is a class, give it another name in --query" if marks else ""
    return f"name another column by --label{rename}"


def _binary(label: LabelProfile) -> LabelChoice:
    values = dict(label.counts)
    if label.kind == "boolean":
        return LabelChoice("binary", "true and false", ((False, values[False]), (True, values[True])))
    if label.kind in ("integer", "number") and set(values) == {0, 1}:
        classes = tuple(sorted(label.counts, key=lambda count: count[0]))
        return LabelChoice("binary", "0 and 1", classes, positive=None if label.kind == "integer" else classes[1][0])
    # The most frequent value comes first; of two that are equally frequent, the first by order.
    (common, _), (rare, _) = label.counts
    reason = f"two values; the rarer one, {shorten(repr(rare), 30)}, is taken for true"
    note = f"To predict the other one, write {shorten(repr(common), 30)} in data.query."
    return LabelChoice("binary", reason, label.counts, positive=rare, notes=(note, *_doubtful(label)))


def _of_text(label: LabelProfile) -> LabelChoice:
    if label.distinct > _MOST_CLASSES and _reads_as_numbers(label):
        return LabelChoice("regression", "text that reads as numbers", cast="DOUBLE")
    if label.present < _FEWEST_ROWS * label.distinct or label.distinct > MOST:
        expected = f"at most {MOST:,} classes, each with two rows or more on average"
        received = f"{label.distinct:,} values in {label.present:,} rows"
        _refuse(label, expected, received, "group the rare values in --query, or name another column")
    notes = tuple(
        f"The class {shorten(repr(value), 30)} has one row: it is in training or in evaluation, never in both."
        for value, count in label.counts[-1:]
        if count == 1
    )
    reason = f"text of {label.distinct} values"
    return LabelChoice("multiclass", reason, label.counts, notes=(*notes, *_doubtful(label)))


def _doubtful(label: LabelProfile) -> tuple[str, ...]:
    """Return a sentence for each class that may stand for a label that nobody knows."""
    return tuple(
        f"The class {shorten(repr(value), 30)} may stand for no label: if so, leave its rows out in --query."
        for value, _ in label.counts
        if str(value).strip().lower() in DOUBTFUL_MARKS
    )


def _reads_as_numbers(label: LabelProfile) -> bool:
    try:
        return all(abs(float(value)) < _GREATEST for value, _ in label.counts)
    except ValueError:
        return False


def _check_range(label: LabelProfile) -> None:
    greatest = max(abs(label.low or 0), abs(label.high or 0))
    if greatest > _GREATEST:
        _refuse(label, f"numbers up to {_GREATEST:g}", f"{greatest:g}", "divide it, or leave such rows out, in --query")
    if label.present < _FEWEST_ROWS * 2:
        _refuse(label, "four rows or more for a regression", f"{label.present}", "add rows")


def _whole(label: LabelProfile) -> str:
    return "" if label.kind == "integer" else "BIGINT"


def _refuse(
    label: LabelProfile, expected: str, received: str, remedy: str = "name another column by --label"
) -> NoReturn:
    raise DataError(f"the label {label.name!r}", expected, received, remedy)
