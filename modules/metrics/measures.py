"""The metrics of each task over scored rows: the value of all rows, then the values with each bucket left out.

Labels are [rows]; predictions are [rows] probabilities of the true class (binary), [rows, classes] probabilities
(multiclass) or [rows] numbers (regression). A metric that the rows cannot give, such as the AUC of rows that all share
one label, is NaN.
"""

import math
from collections.abc import Callable

import numpy as np

from modules.metrics.scored import Scored

_CHUNK = 4096


def areas(truth: np.ndarray, scores: np.ndarray, buckets: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the area under the ROC curve and the average precision, each [1 + buckets]; NaN where there is none.

    The rows are gone through from the highest score down. Only scores that a true row has add to either area, so that
    only there the rows so far are counted by bucket.

    Args:
        truth: Whether each row is true.
        scores: The greater, the likelier.
        buckets: As in `Scored`.
    """
    order = np.argsort(-scores, kind="stable")
    true = truth[order]
    bucket, width = (order % buckets, buckets) if buckets else (np.zeros(len(order), int), 1)
    ends, tied = _steps(true, scores[order])
    trues, falses = (_left(np.bincount(bucket[part], minlength=width)[None, :], buckets)[0] for part in (true, ~true))
    area, precision, above, below = np.zeros((4, 1 + buckets))
    start = 0
    for first in range(0, len(ends), _CHUNK):
        here = ends[first : first + _CHUNK]
        rows = slice(start, here[-1])
        cells = np.searchsorted(here, np.arange(start, here[-1]), side="right") * width + bucket[rows]
        gained, passed, equal = (
            _left(np.bincount(cells[part[rows]], minlength=len(here) * width).reshape(-1, width), buckets)
            for part in (true, ~true, tied)
        )
        so_far, passed_by = above + np.cumsum(gained, axis=0), below + np.cumsum(passed, axis=0)
        area += np.sum(gained * (falses - passed_by + equal / 2), axis=0)
        precision += np.sum(gained * so_far / np.maximum(so_far + passed_by, 1), axis=0)
        above, below, start = so_far[-1], passed_by[-1], int(here[-1])
    with np.errstate(invalid="ignore", divide="ignore"):
        return area / (trues * falses), precision / trues


def binary_areas(rows: Scored) -> tuple[np.ndarray, np.ndarray]:
    """Return the areas of a binary task; they are computed once for the rows."""
    found: tuple[np.ndarray, np.ndarray] = rows.once(
        "areas", lambda rows: areas(rows.labels > 0.5, rows.predictions, rows.buckets)
    )
    return found


def _steps(true: np.ndarray, falling: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each score of a true row ends, and which false rows share such a score."""
    step = np.cumsum(np.append(False, falling[1:] != falling[:-1]))
    counted = np.zeros(step[-1] + 1, bool)
    counted[step[true]] = True
    last = np.append(step[1:] != step[:-1], True)
    return np.flatnonzero(last & counted[step]) + 1, counted[step] & ~true


def _left(counts: np.ndarray, buckets: int) -> np.ndarray:
    """Return counts [steps, buckets] as those of all buckets, then without each, [steps, 1 + buckets]."""
    total = counts.sum(axis=1, keepdims=True).astype(np.float64)
    return np.concatenate([total, total - counts], axis=1) if buckets else total


Measure = Callable[[Scored], np.ndarray]

_TINY = 1e-7
_CALIBRATION_BINS = 10
_TOP = 3
_RANKED_CLASSES = 20
_RANKED_CELLS = 2_000_000


def measure(task: str, name: str, labels: np.ndarray, predictions: np.ndarray) -> float:
    """Return one metric of a task; NaN without rows, with a prediction that is no number, or where it has no value."""
    return float(values(task, name, Scored(labels, predictions))[0])


def values(task: str, name: str, rows: Scored) -> np.ndarray:
    """Return a metric's value, then its values with each bucket left out, [1 + buckets]; computed once for the rows."""
    given = MEASURES[task][name]
    if not rows.usable:
        return np.full(1 + rows.buckets, math.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(rows.once(name, given))


def _auc(rows: Scored) -> np.ndarray:
    return binary_areas(rows)[0]


def _average_precision(rows: Scored) -> np.ndarray:
    return binary_areas(rows)[1]


def _accuracy(rows: Scored) -> np.ndarray:
    return rows.means((rows.predictions > 0.5) == (rows.labels > 0.5))


def _log_loss(rows: Scored) -> np.ndarray:
    likely = np.where(rows.labels > 0.5, rows.predictions, 1 - rows.predictions)
    return rows.means(-np.log(np.clip(likely, _TINY, 1)))


def _precision(rows: Scored) -> np.ndarray:
    claimed = rows.predictions > 0.5
    return rows.sums(claimed & (rows.labels > 0.5)) / rows.sums(claimed)


def _recall(rows: Scored) -> np.ndarray:
    true = rows.labels > 0.5
    return rows.sums(true & (rows.predictions > 0.5)) / rows.sums(true)


def _calibration_error(rows: Scored) -> np.ndarray:
    """Expected calibration error: Naeini, Cooper, Hauskrecht, AAAI 2015; ten bins of equal width."""
    bins = np.clip((rows.predictions * _CALIBRATION_BINS).astype(int), 0, _CALIBRATION_BINS - 1)
    gaps = rows.sums_by(bins, _CALIBRATION_BINS, rows.labels - rows.predictions)
    return np.abs(gaps).sum(axis=1) / rows.counts


def _class_accuracy(rows: Scored) -> np.ndarray:
    return rows.means(rows.predictions.argmax(axis=1) == rows.labels)


def _class_log_loss(rows: Scored) -> np.ndarray:
    inside = (rows.labels >= 0) & (rows.labels < rows.predictions.shape[1])
    classes = np.where(inside, rows.labels, 0).astype(int)
    likely = np.where(inside, rows.predictions[np.arange(len(rows)), classes], 0.0)
    return rows.means(-np.log(np.clip(likely, _TINY, 1)))


def _macro_f1(rows: Scored) -> np.ndarray:
    """F1 of each class that is a label or an answer, averaged; the classes of a bucket's remainder are its own."""
    answers = rows.predictions.argmax(axis=1)
    classes, numbers = np.unique(np.concatenate([rows.labels, answers]), return_inverse=True)
    true, claimed = np.split(numbers, 2)
    found = rows.sums_by(true, len(classes), (true == claimed).astype(float))
    occurring = rows.sums_by(true, len(classes)) + rows.sums_by(claimed, len(classes))
    scores = np.where(occurring > 0, 2 * found / np.maximum(occurring, 1), 0)
    return scores.sum(axis=1) / (occurring > 0).sum(axis=1)


def _top_accuracy(rows: Scored) -> np.ndarray:
    best = np.argsort(-rows.predictions, axis=1)[:, :_TOP]
    return rows.means((best == rows.labels[:, None]).any(axis=1))


def _class_auc(rows: Scored) -> np.ndarray:
    """Area of each class against the rest, averaged over those of the most frequent classes that occur.

    Every class is a sort of all rows, so that there is no interval where rows and classes are many.
    """
    classes = min(rows.predictions.shape[1], _RANKED_CLASSES)
    buckets = rows.buckets if len(rows) * classes <= _RANKED_CELLS else 0
    occurring = [c for c in range(classes) if (rows.labels == c).any()]
    found = [areas(rows.labels == c, rows.predictions[:, c], buckets)[0] for c in occurring]
    value = np.mean(found, axis=0) if found else np.full(1 + buckets, math.nan)
    return value if buckets == rows.buckets else np.append(value, np.full(rows.buckets, math.nan))


def _mae(rows: Scored) -> np.ndarray:
    return rows.means(np.abs(rows.labels - rows.predictions))


def _rmse(rows: Scored) -> np.ndarray:
    return np.sqrt(rows.means((rows.labels - rows.predictions) ** 2))


def _r2(rows: Scored) -> np.ndarray:
    # Around the mean of all rows, since sums of large squares lose the digits that their difference would need.
    apart = rows.labels - rows.labels.mean()
    spread = rows.sums(apart**2) - rows.sums(apart) ** 2 / rows.counts
    missed = rows.sums((rows.labels - rows.predictions) ** 2)
    return np.where(spread > 0, 1 - missed / spread, math.nan)


def _mape(rows: Scored) -> np.ndarray:
    known = rows.labels != 0
    share = np.where(known, np.abs(rows.labels - rows.predictions) / np.where(known, np.abs(rows.labels), 1), 0)
    return 100 * rows.sums(share) / rows.sums(known)


MEASURES: dict[str, dict[str, Measure]] = {
    "binary": {
        "auc": _auc,
        "average_precision": _average_precision,
        "accuracy": _accuracy,
        "log_loss": _log_loss,
        "precision": _precision,
        "recall": _recall,
        "calibration_error": _calibration_error,
    },
    "multiclass": {
        "accuracy": _class_accuracy,
        "log_loss": _class_log_loss,
        "macro_f1": _macro_f1,
        "top_3_accuracy": _top_accuracy,
        "auc": _class_auc,
    },
    "regression": {"mae": _mae, "rmse": _rmse, "r2": _r2, "mape": _mape},
}
