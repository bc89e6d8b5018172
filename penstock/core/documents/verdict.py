"""The verdict on a model: metrics, tables, gains, slices and thresholds."""

from typing import ClassVar, Literal

from pydantic import Field

from penstock.core.documents.document import OPTIONAL, Document, Part


class Metric(Part):
    """A metric over all rows: of the model with its interval, and of what the model has to beat.

    Attributes:
        kind: That it is the estimate of a metric.
        model: The model's value.
        interval: Half the width of the confidence interval around it.
        ends: Both ends of that interval, within what the metric can be.
        constant: The value of the best constant.
        linear: The value of the linear model.
        baseline: The value of the latest blessed model.
    """

    kind: Literal["estimate"] = "estimate"
    model: float | None
    interval: float | None = None
    ends: tuple[float, float] | None = None
    constant: float | None = None
    linear: float | None = None
    baseline: float | None = None


class Gain(Part):
    """By how much the model is better than another on a metric, with half the width of the confidence interval."""

    kind: Literal["gain"] = "gain"
    metric: str
    gain: float | None
    interval: float | None


class Confusion(Part):
    """Rows by true class and predicted class; the class None is all others."""

    kind: Literal["confusion"] = "confusion"
    classes: tuple[str | None, ...]
    rows: tuple[tuple[int, ...], ...]


class Bin(Part):
    """Rows whose predictions are near each other: the mean prediction, and what was found."""

    predicted: float
    found: float
    rows: int


class Quantile(Part):
    """The residual below which a share of the rows lies."""

    share: float
    value: float


class Tables(Part):
    """The tables of all rows or of a slice, of those that the task has."""

    confusion: Confusion | None = Field(**OPTIONAL)
    reliability: tuple[Bin, ...] | None = Field(**OPTIONAL)
    residuals: tuple[Quantile, ...] | None = Field(**OPTIONAL)


class Slice(Tables):
    """The rows that have one value in one column.

    Attributes:
        column: The column.
        value: The value.
        rows: How many rows there are.
        of_rarer_class: How many of them are outside of the most frequent class; None of a regression.
        too_few_rows: Whether they are too few for an interval and a threshold.
        metrics: The model's value by metric.
        intervals: Half the width of the confidence interval, by metric.
        ends: Both ends of that interval, within what the metric can be.
        constant: The value of the best constant.
        linear: The value of the linear model.
        gains: As of all rows.
    """

    column: str
    value: str | int | float
    rows: int
    of_rarer_class: int | None = None
    too_few_rows: bool = False
    metrics: dict[str, float | None]
    intervals: dict[str, float | None] = {}
    ends: dict[str, tuple[float, float] | None] = {}
    constant: dict[str, float | None] = {}
    linear: dict[str, float | None] = {}
    gains: dict[str, Gain] = {}


class Threshold(Part):
    """A threshold on all rows or on one slice, and what became of it.

    Attributes:
        metric: The metric; empty where the Evaluator refused the model for a reason of its own, as `kind` is.
        kind: How the bound binds.
        bound: The bound; None where the model must not be worse than the latest blessed one.
        slice: The slice in words.
        column: The column of the slice; None of all rows.
        of_one_slice: Whether it is the threshold on one slice, neither that on all rows nor that on every slice.
        value: What was compared with the bound.
        passed: Whether the model passed it.
        decided: Whether there were rows enough to decide.
        lacks: What there is too little of to decide.
        words: All of it as a sentence.
    """

    metric: str
    kind: Literal["min", "max", "min_improvement", "not_worse", ""] = ""
    bound: float | None = None
    slice: str = ""
    column: str | None = None
    of_one_slice: bool | None = None
    value: float | None = None
    passed: bool
    decided: bool = True
    lacks: Literal["rows", "class"] | None = None
    words: str


class Verdict(Tables, Document):
    """What the Evaluator found, and what it decided by.

    Attributes:
        rows: How many rows were evaluated.
        of_rarer_class: How many of them are outside of the most frequent class; None of a regression.
        min_slice_rows: Slices of fewer rows have no interval and break no threshold.
        metrics: By name.
        gains: By what the model is compared with: `constant`, `linear` or `baseline`.
        slices: By column, then by value.
        thresholds: Each on all rows or on each slice.
        blessed: Whether the model may be pushed.
    """

    FILE: ClassVar[str] = "verdict.json"
    TITLE: ClassVar[str] = "a model verdict"

    rows: int
    of_rarer_class: int | None = None
    min_slice_rows: int | None = None
    metrics: dict[str, Metric]
    gains: dict[str, Gain] = {}
    slices: tuple[Slice, ...]
    thresholds: tuple[Threshold, ...]
    blessed: bool
