"""The analysis of a model on a sample of evaluated rows: importance, dependence, curves, weak slices, worst rows."""

from typing import ClassVar, Literal

from penstock.core.documents.document import Document, Part
from penstock.core.text import abbreviate

Point = tuple[float, float]
_LEAST_PARTS, _NEARLY_ALL, _MOST_COPIES = 3, 0.9, 3


class Curve(Part):
    """A curve of one class against the others, as points, and the area below it."""

    name: str
    points: tuple[Point, ...]
    area: float


class Cut(Part):
    """The rows by label and decision, if scores of at least `at` are decided to be true."""

    at: float
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int


class Importance(Part):
    """By how much a metric becomes worse if the values of columns are permuted between rows.

    Attributes:
        columns: The columns; several are permuted together, because they are correlated.
        loss: By how much the metric becomes worse: the mean over the permutations.
        interval: Half the width of the confidence interval around it; None with too few rows, or if the columns were
            permuted once only.
    """

    columns: tuple[str, ...]
    loss: float
    interval: float | None = None


class Dependence(Part):
    """The mean prediction if a column has a value in each of the rows, and the predictions of some of these rows.

    Attributes:
        column: The column.
        kind: Whether its values are numbers or categories.
        numbers: The values, of a column of numbers.
        categories: The values, of a column of categories.
        output: What is predicted: the name of a class, or empty.
        means: The mean prediction for each value.
        rows: For some rows, the prediction for each value.
    """

    column: str
    kind: Literal["number", "category"]
    numbers: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    output: str = ""
    means: tuple[float, ...]
    rows: tuple[tuple[float, ...], ...]


class Condition(Part):
    """Rows that have a category in a column, or a number from `low` to below `high`; None is missing."""

    column: str
    category: str | None = None
    low: float | None = None
    high: float | None = None
    missing: bool = False


class WeakSlice(Part):
    """Rows on which the model is worse than on the others.

    Attributes:
        conditions: One or two conditions, both of which the rows meet.
        rows: Their number.
        loss: Their mean loss.
        others: The mean loss of all other rows.
        p: The p-value of the difference, corrected for the number of slices that were tested.
    """

    conditions: tuple[Condition, ...]
    rows: int
    loss: float
    others: float
    p: float


class WorstRow(Part):
    """A row with a great loss: its values as text by column, None where missing."""

    loss: float
    label: str
    predicted: str
    score: float
    values: dict[str, str | None]


class Residual(Part):
    """A bucket of the residuals (label minus prediction), and the number of rows in it."""

    low: float
    high: float
    rows: int


class Analysis(Document):
    """What a model does on a sample of evaluated rows.

    Attributes:
        of: The number of rows of the split `eval`.
        rows: How many of them were scored, for curves, slices and worst rows.
        permuted_rows: How many of these were permuted for the importance.
        permutations: How often each was permuted.
        screened: The number of columns that were permuted once only, as others of many columns had a greater loss.
        metric: The metric of the importance.
        value: Its value on the permuted rows, before they are permuted.
        weighted: Whether the metric counts the weights of rows; all else is of rows.
        loss: The loss of a row in words.
        confidence: The confidence level of the intervals.
        tested: The number of slices that were tested.
        associations: By column, how strongly it is associated with the label by itself, from 0 to 1.
        importance: By column, the greatest first; those that were permuted once only come last.
        groups: The same for groups of correlated columns.
        dependence: Of the most important columns.
        roc: The ROC curves.
        precision_recall: The curves of precision over recall.
        cuts: The decisions at several cuts.
        residuals: The distribution of the residuals.
        scatter: Prediction and label of some rows, of a regression.
        slices: The slices with the greatest loss.
        worst: The rows with the greatest loss.
        problem: Why there is no analysis; empty if there is one.
    """

    FILE: ClassVar[str] = "analysis.json"
    TITLE: ClassVar[str] = "the analysis of a model"

    of: int = 0
    rows: int = 0
    permuted_rows: int = 0
    permutations: int = 0
    metric: str = ""
    value: float | None = None
    weighted: bool = False
    loss: str = ""
    confidence: float = 0.95
    screened: int = 0
    tested: int = 0
    associations: dict[str, float] = {}
    importance: tuple[Importance, ...] = ()
    groups: tuple[Importance, ...] = ()
    dependence: tuple[Dependence, ...] = ()
    roc: tuple[Curve, ...] = ()
    precision_recall: tuple[Curve, ...] = ()
    cuts: tuple[Cut, ...] = ()
    residuals: tuple[Residual, ...] = ()
    scatter: tuple[Point, ...] = ()
    slices: tuple[WeakSlice, ...] = ()
    worst: tuple[WorstRow, ...] = ()
    problem: str = ""

    @property
    def suspect(self) -> str:
        """A sentence about columns that carry nearly all importance, as a leak of the label does; or empty.

        That is a column that alone has nine tenths of the sum of all losses, of three columns or more. Or it is a group
        of two or three correlated columns, each of which stands in for another, that has nine tenths of the sum with
        each group permuted together, if there are two more groups or columns; a larger group is rather one thing that
        is measured often than a leak with its copies. The interval of its loss is above 0.
        """
        for parts in (self.importance, self._together()):
            losses = [max(each.loss, 0.0) for each in parts]
            if len(losses) < _LEAST_PARTS or sum(losses) <= 0:
                continue
            first = max(parts, key=lambda each: each.loss)
            share = max(losses) / sum(losses)
            is_sure = first.interval is not None and first.loss > first.interval
            if share >= _NEARLY_ALL and is_sure and len(first.columns) <= _MOST_COPIES:
                return _suspected(first.columns, share)
        return ""

    def _together(self) -> tuple[Importance, ...]:
        """Return the importance of each group, and that of each column that is in none."""
        grouped = {name for each in self.groups for name in each.columns}
        return (*self.groups, *(each for each in self.importance if not grouped.intersection(each.columns)))


def _suspected(columns: tuple[str, ...], share: float) -> str:
    # Names of a group often differ at their end.
    *others, last = [abbreviate(repr(name), 40) for name in columns]
    # Not rounded up to all of it.
    percent = min(int(100 * share), 99)
    if not others:
        return f"{last} has {percent} % of the importance: is it known when predicting?"
    return (
        f"{', '.join(others)} and {last} together have {percent} % of the importance: are they known when predicting?"
    )
