"""The verdict on a model: metrics, tables, gains, slices and thresholds."""

from typing import ClassVar, Literal

from pydantic import Field

from penstock.core.documents.document import OPTIONAL, Document, Part


class Metric(Part):
    """A metric over all rows, of the model with its confidence interval, and of what the model is compared with.

    Attributes:
        kind: Always `estimate`.
        model: The model's value.
        interval: Half the width of the confidence interval around it.
        ends: Both ends of that interval, within the range of the metric.
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
    """The gain over another model on a metric, positive if better, and half the width of its confidence interval."""

    kind: Literal["gain"] = "gain"
    metric: str
    gain: float | None
    interval: float | None


class Confusion(Part):
    """The number of rows by true class and predicted class, [true][predicted]; the class None is all others."""

    kind: Literal["confusion"] = "confusion"
    classes: tuple[str | None, ...]
    rows: tuple[tuple[int, ...], ...]


class Bin(Part):
    """Rows with similar predictions: the mean prediction, and the observed mean of the label."""

    predicted: float
    found: float
    rows: int


class Quantile(Part):
    """A quantile of the residuals: a share of the rows, and the residual below which it lies."""

    share: float
    value: float


class Tables(Part):
    """The tables of all rows or of a slice; a table that the task does not have is None."""

    confusion: Confusion | None = Field(**OPTIONAL)
    reliability: tuple[Bin, ...] | None = Field(**OPTIONAL)
    residuals: tuple[Quantile, ...] | None = Field(**OPTIONAL)


class Slice(Tables):
    """The rows that have one value in one column.

    Attributes:
        column: The column.
        value: The value.
        rows: The number of rows.
        of_rarer_class: The number of rows outside of the most frequent class; None for a regression.
        too_few_rows: Whether there are too few rows for an interval and a threshold.
        metrics: The model's value by metric.
        intervals: Half the width of the confidence interval, by metric.
        ends: Both ends of that interval, within the range of the metric.
        constant: The value of the best constant.
        linear: The value of the linear model.
        gains: The gains on these rows.
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
    """A threshold on all rows or on one slice, and its outcome.

    Attributes:
        metric: The metric; empty, like `kind`, if the Evaluator refused the model for another reason.
        kind: How the value is compared with the bound.
        bound: The bound; None if the model must not be worse than the latest blessed or the linear one.
        slice: The slice in words.
        column: The column of the slice; None for all rows.
        of_one_slice: Whether the threshold applies to one slice, neither to all rows nor to every slice.
        value: The value that was compared with the bound.
        passed: Whether the model passed it.
        decided: Whether there was enough to decide.
        lacks: What there is too little of to decide: rows, rows of the rarer class, or an interval; None if nothing.
        words: The threshold and its outcome as a sentence.
    """

    metric: str
    kind: Literal[
        "min",
        "max",
        "min_improvement",
        "not_worse",
        "not_worse_than_linear",
        "promise",
        "fairness_difference",
        "fairness_ratio",
        "",
    ] = ""
    bound: float | None = None
    slice: str = ""
    column: str | None = None
    of_one_slice: bool | None = None
    value: float | None = None
    passed: bool
    decided: bool = True
    lacks: Literal["rows", "class", "interval"] | None = None
    words: str


class Reached(Part):
    """What a decision reaches on the rows, and half the width of the confidence interval around it."""

    kind: Literal["decision"] = "decision"
    value: float | None
    interval: float | None


class Group(Part):
    """The rows of one group, and the rate of the group.

    Attributes:
        name: The value of the attribute, or a range of numbers.
        rows: The number of rows.
        considered: The number of rows that the rate is computed from.
        counted: How many of these it counts.
        rate: The rate; None without rows.
        ends: Both ends of its confidence interval.
        too_few_rows: Whether too few rows are considered to decide anything by the group.
    """

    name: str
    rows: int
    considered: int
    counted: int
    rate: float | None
    ends: tuple[float, float]
    too_few_rows: bool = False


class Compared(Part):
    """Two groups that are compared: the difference or the ratio of their rates, and both ends of its interval."""

    value: float | None
    ends: tuple[float, float | None]
    greater: str
    lesser: str


class Fairness(Part):
    """A rate of the groups of an attribute, and the two groups that decide.

    Attributes:
        attribute: The column.
        metric: The rate.
        by_decision: Whether the threshold of `[decision]` decides, and not a prediction above 0.5.
        min_rows: The least number of considered rows of a group that is compared.
        groups: The groups.
        missing: The number of rows without a value, which are in no group.
        difference: The greater rate minus the lesser; None if fewer than two groups have enough rows.
        ratio: The lesser rate by the greater.
    """

    kind: Literal["fairness"] = "fairness"
    attribute: str
    metric: str
    by_decision: bool = False
    min_rows: int
    groups: tuple[Group, ...]
    missing: int = 0
    difference: Compared | None = None
    ratio: Compared | None = None


class Verdict(Tables, Document):
    """The result of the evaluation, and the thresholds that decided it.

    Attributes:
        rows: The number of rows that were evaluated.
        of_rarer_class: The number of rows outside of the most frequent class; None for a regression.
        min_slice_rows: The least number of rows for which a slice has intervals and thresholds.
        metrics: The metrics, by name.
        gains: The gains, by what the model is compared with: `constant`, `linear` or `baseline`.
        slices: The slices, by column, then by value.
        thresholds: The thresholds on all rows and on slices.
        blessed: Whether the model may be pushed.
        decision: What the decision reaches by name: precision, recall, share of yes, cost, saving, coverage, width of
            the intervals or size of the sets; None without a decision.
        fairness: The groups of each attribute; None without `[fairness]`.
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
    decision: dict[str, Reached] | None = Field(**OPTIONAL)
    fairness: tuple[Fairness, ...] | None = Field(**OPTIONAL)
