"""The proposed task of a label: its type, classes, conversion, and rows to leave out."""

from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

from penstock.core.errors import DataError
from penstock.core.features import Task
from penstock.core.losses import LOSS_METRICS, Loss
from penstock.core.text import did_you_mean, shorten
from penstock.proposal.label_options import LabelOptions, option_of
from penstock.proposal.profile import MAX_COUNTED, LabelProfile
from penstock.proposal.roles import words_of
from penstock.tables.labels import normalized, positive_values
from penstock.tables.values.conversion import DOUBTFUL_MARKS

_MOST_CLASSES, _ROWS_PER_CLASS, _FEWEST_ROWS = 20, 5, 2
# Greater labels have squared errors beyond the range of 32-bit floats.
_GREATEST = 1e18
_AMOUNTS = 'To predict them as amounts set model.task to "regression" and evaluation.metric to "rmse".'

Values: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True)
class LabelChoice:
    """The proposed task of the label.

    Attributes:
        task: The task.
        reason: The reason, for messages and comments.
        classes: The classes with their rows; the positive one last if there are two, otherwise the most frequent first.
        positive: The value that a binary label has to be compared with, if any; a tuple if it has several
            spellings.
        cast: DuckDB's type that the label has to be converted to, if any.
        notes: Further notes for the user.
        spellings: The values of each class, if one has several spellings.
        loss: The loss of a regression.
        order: The classes of an ordinal label, the lowest first; empty for others.
    """

    task: Task
    reason: str
    classes: tuple[tuple[Any, int], ...] = ()
    positive: Any = None
    cast: str = ""
    notes: tuple[str, ...] = ()
    spellings: tuple[tuple[Any, ...], ...] = ()
    loss: Loss = Loss()
    order: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[tuple[Any, ...], ...]:
        """The values of each class."""
        return self.spellings or tuple((value,) for value, _ in self.classes)

    @property
    def metric(self) -> str:
        """The metric of the threshold."""
        if self.task == "regression":
            return next(iter(LOSS_METRICS[self.loss.name]), "rmse")
        if self.order:
            return "quadratic_kappa"
        if self.task == "binary":
            return "auc"
        counts = [count for _, count in self.classes]
        return "macro_f1" if max(counts) > 2 * min(counts) else "accuracy"


def choose_task(label: LabelProfile, options: LabelOptions | None = None) -> LabelChoice:
    """Return the proposed task of the label.

    Args:
        label: The label.
        options: What the user asks for the label.

    Raises:
        DataError: The label cannot be predicted, or not with the options; the sentence says why.
    """
    _check(label)
    if options and options.loss:
        return _with_loss(label, options.loss)
    if options and options.order:
        return _ordinal(label, options.order)
    groups = _two_classes(label)
    if groups:
        return _binary(label, *groups)
    if label.kind == "text":
        return _of_text(label)
    per_class = label.present / label.distinct
    if label.is_whole and label.distinct <= _MOST_CLASSES and per_class >= _ROWS_PER_CLASS:
        reason = f"{label.distinct} whole numbers, each in {per_class:,.0f} rows on average"
        return LabelChoice("multiclass", reason, label.counts, cast=_whole(label), notes=(_AMOUNTS,))
    _check_range(label)
    return LabelChoice("regression", f"numbers, {label.distinct:,} different ones")


def _with_loss(label: LabelProfile, loss: Loss) -> LabelChoice:
    """Return the regression with a loss that the user asks for."""
    is_text = label.kind == "text"
    without = "leave --loss out, or name another column by --label"
    if label.kind not in ("integer", "number") and not (is_text and _reads_as_numbers(label)):
        received = f"{label.distinct:,} texts, such as {shorten(repr(label.counts[0][0]), 30)}"
        _refuse(label, f"numbers for --loss {loss.name}", received if is_text else "true and false", without)
    low = label.low or 0
    if loss.is_log_linked and (low < 0 or low == 0 and not loss.allows_zero):
        expected = f"numbers {'from zero on' if loss.allows_zero else 'above zero'} for --loss {loss.name}"
        remedy = "leave such rows out in --query, or choose another --loss"
        _refuse(label, expected, f"others, the least {low:g}", remedy)
    _check_range(label)
    reason = f"numbers, {label.distinct:,} different ones, with --loss {option_of(loss)}"
    return LabelChoice("regression", reason, cast="DOUBLE" if is_text else "", loss=loss)


def _ordinal(label: LabelProfile, order: tuple[str, ...]) -> LabelChoice:
    """Return the classes in the order that the user gives, which has to have all of them."""
    if label.kind != "text" and not label.is_whole:
        received = f"a column of {label.type}" if label.kind != "number" else "numbers with a fraction"
        _refuse(label, "text or whole numbers for --label-order", received, "leave --label-order out")
    if dropped := [value for value in label.marks if value in order]:
        expected = "classes that mark no missing value in --label-order"
        remedy = f"give {dropped[0]!r} another name in --query, and in --label-order"
        _refuse(label, expected, repr(dropped[0]), remedy)
    rows = {value if label.kind == "text" else str(int(value)): (value, count) for value, count in label.counts}
    others = [name for name in rows if name not in order]
    if others or label.distinct > len(rows):
        missing = sum(rows[name][1] for name in others)
        more = f" and {len(others) - 1:,} others" if len(others) > 1 else ""
        received = f"{shorten(repr(others[0]), 30)}{did_you_mean(others[0], order)}{more} in {missing:,} rows"
        remedy = "add them to --label-order in their places, or leave such rows out in --query"
        _refuse(label, f"one of {shorten(', '.join(order), 60)} of --label-order", received, remedy)
    if label.present < _FEWEST_ROWS * label.distinct:
        received = f"{label.distinct:,} values in {label.present:,} rows"
        _refuse(label, "two rows or more of each class on average", received, "add rows")
    absent = [name for name in order if name not in rows]
    return LabelChoice(
        "multiclass",
        f"{len(order)} classes in the order of --label-order",
        tuple(rows.get(name, (name if label.kind == "text" else int(name), 0)) for name in order),
        cast=_whole(label) if label.kind == "number" else "",
        notes=tuple(f"No row has the class {shorten(repr(name), 30)} of --label-order." for name in absent),
        order=order,
    )


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
    named = label.kind == "integer" and words_of(label.name) & {"id", "uuid", "rowid", "index"}
    is_text = label.kind == "text" and label.present > 2 and not _reads_as_numbers(label)
    if label.distinct == label.present > 2 and (_is_numbered(label) or named or is_text):
        _refuse(label, "values that repeat", f"an identifier: {label.distinct:,} values in {label.present:,} rows")


def _is_numbered(label: LabelProfile) -> bool:
    """Say whether the label numbers the rows, given that its values are distinct."""
    whole = label.kind == "integer" or _are_whole_in_text(label)
    if not whole or label.high is None or label.low is None:
        return False
    return label.high - label.low + 1 == label.present > _MOST_CLASSES


def _are_whole_in_text(label: LabelProfile) -> bool:
    return _reads_as_numbers(label) and all(float(value).is_integer() for value, _ in label.counts)


def _other_label(label: LabelProfile) -> str:
    marks = shorten(" or ".join(map(repr, label.marks)), 40)
    rename = f", or, if {marks} is a class, give it another name in --query" if marks else ""
    return f"name another column by --label{rename}"


def _two_classes(label: LabelProfile) -> tuple[Values, Values] | None:
    """Return the values of the two classes, the positive one last if it is known; None if there are not two.

    In text one class may have several spellings.
    """
    values = tuple(value for value, _ in label.counts)
    positive = positive_values(values)
    if positive and (label.kind == "text" or len(values) == 2):
        return tuple(value for value in values if value not in positive), positive
    if label.kind == "text" and label.distinct <= MAX_COUNTED:
        classes = {known: tuple(v for v in values if normalized(v) == known) for known in map(normalized, values)}
        if len(classes) == 1:
            received = f"only {shorten(' and '.join(map(repr, values)), 60)}, which differ in spelling only"
            _refuse(label, "two values or more", received, "give them different names in --query")
        first, second = classes.values() if len(classes) == 2 else ((), ())
        return (first, second) if first else None
    return ((values[0],), (values[1],)) if label.distinct == 2 else None


def _binary(label: LabelProfile, first: Values, second: Values) -> LabelChoice:
    rows = dict(label.counts)
    if label.kind == "boolean":
        return LabelChoice("binary", "true and false", ((False, rows[False]), (True, rows[True])))
    known = bool(positive_values((first[0], second[0])))
    # The most frequent value comes first; of two that are equally frequent, the first by order.
    if not known and sum(rows[value] for value in first) < sum(rows[value] for value in second):
        first, second = second, first
    names = shorten(repr(first[0]), 30), shorten(repr(second[0]), 30)
    if known:
        reason = f"{names[0]} and {names[1]}, of which by their meaning {names[1]} is true"
        notes: tuple[str, ...] = ()
    else:
        reason = f"two values without a known meaning; the rarer one, {names[1]}, is the positive class"
        notes = (f"To predict the other one, write {names[0]} in data.query.", *_doubtful(label))
    if set(rows) == {0, 1}:
        reason = "0 and 1"
    is_plain = label.kind == "integer" and set(rows) == {0, 1}
    return LabelChoice(
        "binary",
        reason,
        tuple((values[0], sum(rows[value] for value in values)) for values in (first, second)),
        positive=None if is_plain else second[0] if len(second) == 1 else second,
        notes=(*_spelled(first), *_spelled(second), *notes),
        spellings=(first, second) if len(rows) > 2 else (),
    )


def _spelled(values: Values) -> tuple[str, ...]:
    """Return a note if a class has several spellings."""
    if len(values) == 1:
        return ()
    others = shorten(", ".join(map(repr, values[1:])), 60)
    return (f"The class {shorten(repr(values[0]), 30)} is also written {others}; the query unifies them.",)


def _of_text(label: LabelProfile) -> LabelChoice:
    if _reads_as_numbers(label):
        classes = label.distinct <= _MOST_CLASSES and label.present >= _ROWS_PER_CLASS * label.distinct
        if not (classes and _are_whole_in_text(label)):
            _check_range(label)
            return LabelChoice("regression", f"text that reads as numbers, {label.distinct:,} different", cast="DOUBLE")
    if label.present < _FEWEST_ROWS * label.distinct or label.distinct > MAX_COUNTED:
        expected = f"at most {MAX_COUNTED:,} classes, each with two rows or more on average"
        received = f"{label.distinct:,} values in {label.present:,} rows"
        _refuse(label, expected, received, "group the rare values in --query, or name another column")
    notes = tuple(
        f"The class {shorten(repr(value), 30)} has one row: it is in training or in evaluation, never in both."
        for value, count in label.counts[-1:]
        if count == 1
    )
    reason = f"text of {label.distinct} values"
    if _reads_as_numbers(label):
        reason, notes = f"{label.distinct} whole numbers in text", (*notes, _AMOUNTS)
    return LabelChoice("multiclass", reason, label.counts, notes=(*notes, *_doubtful(label)))


def _doubtful(label: LabelProfile) -> tuple[str, ...]:
    """Return a note for each class that may mark a missing label."""
    return tuple(
        f"The class {shorten(repr(value), 30)} may mark a missing label: if so, leave its rows out in --query."
        for value, _ in label.counts
        if str(value).strip().lower() in DOUBTFUL_MARKS
    )


def _reads_as_numbers(label: LabelProfile) -> bool:
    return label.reads_as_numbers and all(abs(float(value)) < _GREATEST for value, _ in label.counts)


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
