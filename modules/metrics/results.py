"""The names of results in the Evaluator's files, and which intervals are reliable enough to decide by.

TFMA stores each value under one text. It is composed here from the metric, the kind of result and what it is compared
with. Nothing decodes such a text: a reader composes the same name again.

Who writes results (`computation`) and who reads them (`components.model_verdict`) share this file and nothing else, so
that an edited metric does not change the fingerprint of ModelVerdict.
"""

import math
from enum import StrEnum

import numpy as np


class Kind(StrEnum):
    """What a result is."""

    ROWS = "rows"  # the number of rows, and the number outside of the most frequent class
    VALUE = "value"  # a metric
    GAIN = "gain"  # by how much a metric is better than that of another output, or of the BASELINE
    WORSE = "worse"  # how far a loss against the baseline lies beyond its confidence interval
    WORSE_THAN = "worse_than"  # the same for a loss against another output of the model
    MISSED = "missed"  # by how much a bound on the slices of a column is missed
    TABLE = "table"
    DECISION = "decision"  # what a decision reaches
    PROMISE = "promise"  # how far a decision misses what was configured, beyond the confidence interval
    FAIRNESS = "fairness"  # a rate of the groups of an attribute, and how far they differ


class Fair(StrEnum):
    """The values of fairness that are computed of one attribute."""

    NAMES = "names"
    GROUPS = "groups"
    DIFFERENCE = "difference"
    RATIO = "ratio"
    MISSING = "missing"
    MISSED = "missed"


FAIRNESS_DIFFERENCE, FAIRNESS_RATIO = "fairness_difference", "fairness_ratio"


ROWS = "example_count"
# The number of rows outside of the most frequent class; NaN for a regression.
MINORITY_COUNT = "rarer_count"
BASELINE = "baseline"

# The outputs of a decision in the signature `evaluation`, and what is computed of each.
DECIDED, INTERVAL, LABEL_SET = "decision", "interval", "label_set"
DECISION_METRICS = {
    DECIDED: ("cost", "saving", "precision", "recall", "share"),
    INTERVAL: ("coverage", "width"),
    LABEL_SET: ("coverage", "set_size"),
}

CONFUSION = "confusion"
RELIABILITY = "reliability"
RESIDUALS = "residuals"
RESIDUAL_SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

# With fewer rows of the rarer class the jackknife leaves out buckets that have none or one of them, and the width of
# the interval is noise.
MIN_CLASS_ROWS = 10

_NAMES = {
    Kind.GAIN: "{metric}/over_{against}",
    Kind.WORSE: "{metric}/worse",
    Kind.WORSE_THAN: "{metric}/worse_than_{against}",
    Kind.MISSED: "{metric}/missed/{against}",
    Kind.PROMISE: "{metric}/promise/{against}",
}
_BY_CLASS = {"auc", "average_precision", "log_loss", "precision", "recall", "macro_f1", "quadratic_kappa"}
_RANGES = {
    **dict.fromkeys(("auc", "average_precision", "accuracy", "precision", "recall"), (0.0, 1.0)),
    **dict.fromkeys(("calibration_error", "macro_f1", "top_3_accuracy"), (0.0, 1.0)),
    **dict.fromkeys(("log_loss", "mae", "rmse", "mape"), (0.0, math.inf)),
    **dict.fromkeys(("pinball", "poisson_deviance", "tweedie_deviance", "huber", "rank_mae"), (0.0, math.inf)),
    **dict.fromkeys(("r2", "d2"), (-math.inf, 1.0)),
    "quadratic_kappa": (-1.0, 1.0),
}


def name_of(metric: str, kind: Kind = Kind.VALUE, against: str = "") -> str:
    """Return the name of a result.

    Args:
        metric: A metric, ROWS, or a table.
        kind: What the result is.
        against: For a gain, what the metric is compared with; for a missed bound, the column of the slices.
    """
    return _NAMES.get(kind, "{metric}").format(metric=metric, against=against)


def fairness_name(metric: str, attribute: str, part: Fair) -> str:
    """Return the name of a value of fairness: of a rate by an attribute."""
    return f"fairness/{metric}/{attribute}/{part}"


def interval_of(name: str) -> str:
    """Return the name of half the width of a result's confidence interval."""
    return f"{name}/interval"


def minority_count(task: str, labels: np.ndarray) -> float:
    """Return the number of rows outside of the most frequent class; NaN for a regression, which has no classes."""
    if task == "regression":
        return math.nan
    _, counts = np.unique(labels > 0.5 if task == "binary" else labels, return_counts=True)
    return float(len(labels) - counts.max(initial=0))


def lacks_class_rows(metric: str, count: float | None) -> bool:
    """Say whether a metric compares classes of which the rarer one has too few rows for a confidence interval.

    The sampling error of such a metric depends on the rows of the rarer class, not on the number of rows.
    """
    return metric in _BY_CLASS and count is not None and count < MIN_CLASS_ROWS


def interval_bounds(metric: str, value: float | None, width: float | None) -> list[float] | None:
    """Return both bounds of an interval, within the range of the metric; None where there is no interval."""
    if value is None or width is None:
        return None
    low, high = _RANGES.get(metric, (-math.inf, math.inf))
    return [max(low, value - width), min(high, value + width)]
