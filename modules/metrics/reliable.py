"""When an interval says something: enough rows of the rarer class, and ends that the metric can reach.

A metric that compares classes is as uncertain as the rarer class is rare, however many rows there are in all.
"""

import math

import numpy as np

# Of the rarer class; below it the jackknife leaves out buckets that hold none or one of it, and its width is chance.
LEAST_OF_CLASS = 10

_BY_CLASS = {"auc", "average_precision", "log_loss", "precision", "recall", "macro_f1"}
_RANGES = {
    **dict.fromkeys(("auc", "average_precision", "accuracy", "precision", "recall"), (0.0, 1.0)),
    **dict.fromkeys(("calibration_error", "macro_f1", "top_3_accuracy"), (0.0, 1.0)),
    **dict.fromkeys(("log_loss", "mae", "rmse", "mape"), (0.0, math.inf)),
    "r2": (-math.inf, 1.0),
}


def rarer(task: str, labels: np.ndarray) -> float:
    """Return the number of rows outside of the most frequent class; NaN for a regression, which has no classes."""
    if task == "regression":
        return math.nan
    _, counts = np.unique(labels > 0.5 if task == "binary" else labels, return_counts=True)
    return float(len(labels) - counts.max(initial=0))


def is_too_few(metric: str, of_class: float | None) -> bool:
    """Say whether a metric compares classes of which the rarer one has too few rows for an interval."""
    return metric in _BY_CLASS and of_class is not None and of_class < LEAST_OF_CLASS


def ends(metric: str, value: float | None, width: float | None) -> list[float] | None:
    """Return both ends of an interval, within what the metric can be; None where there is none."""
    if value is None or width is None:
        return None
    low, high = _RANGES.get(metric, (-math.inf, math.inf))
    return [max(low, value - width), min(high, value + width)]
