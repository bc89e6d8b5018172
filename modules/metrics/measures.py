"""The metrics and tables of each task over scored rows: the value, then the jackknife replicates of a metric.

A replicate is the value with one bucket of rows left out (see `scored`). Where rows have weights, each counts by its
weight, as with scikit-learn's `sample_weight`.

Labels are [rows]; predictions are [rows] probabilities of the true class (binary), [rows, classes] probabilities
(multiclass) or [rows] numbers (regression). A metric without a value, such as the AUC of rows that all have one
label, is NaN.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from modules.metrics.of_losses import LOSS_MEASURES
from modules.metrics.ordinal import quadratic_kappa, rank_mae
from modules.metrics.results import CONFUSION, RELIABILITY, RESIDUAL_SHARES, RESIDUALS
from modules.metrics.scored import Scored
from penstock.core.loss_values import weighted_quantile
from penstock.core.losses import Loss

_CHUNK = 4096


def areas(
    truth: np.ndarray, scores: np.ndarray, buckets: int, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the area under the ROC curve and the average precision, each [1 + buckets]; NaN without both classes.

    The rows are processed by falling score. Only the scores of true rows add to either area, so that rows are counted
    by bucket only there.

    Args:
        truth: Whether each row is true.
        scores: A greater score is a more probable class.
        buckets: As in `Scored`.
        weights: The weight of each row, or None.
    """
    order = np.argsort(-scores, kind="stable")
    true = truth[order]
    bucket, width = (order % buckets, buckets) if buckets else (np.zeros(len(order), int), 1)
    ends, tied = _steps(true, scores[order])
    weighed = None if weights is None else weights[order]

    def counted(places: np.ndarray, part: np.ndarray, size: int, first: int = 0) -> np.ndarray:
        own = None if weighed is None else weighed[first : first + len(part)][part]
        return np.bincount(places[part], own, minlength=size)

    trues, falses = (_leave_one_out(counted(bucket, part, width)[None, :], buckets)[0] for part in (true, ~true))
    area, precision, above, below = np.zeros((4, 1 + buckets))
    start = 0
    for first in range(0, len(ends), _CHUNK):
        chunk = ends[first : first + _CHUNK]
        rows = slice(start, chunk[-1])
        cells = np.searchsorted(chunk, np.arange(start, chunk[-1]), side="right") * width + bucket[rows]
        gained, passed, equal = (
            _leave_one_out(counted(cells, part[rows], len(chunk) * width, start).reshape(-1, width), buckets)
            for part in (true, ~true, tied)
        )
        trues_above, falses_above = above + np.cumsum(gained, axis=0), below + np.cumsum(passed, axis=0)
        area += np.sum(gained * (falses - falses_above + equal / 2), axis=0)
        total_above = trues_above + falses_above
        precision += np.sum(gained * trues_above / np.where(total_above > 0, total_above, 1), axis=0)
        above, below, start = trues_above[-1], falses_above[-1], int(chunk[-1])
    with np.errstate(invalid="ignore", divide="ignore"):
        return area / (trues * falses), precision / trues


def binary_areas(rows: Scored) -> tuple[np.ndarray, np.ndarray]:
    """Return the areas of a binary task, computed once for the rows."""
    both: tuple[np.ndarray, np.ndarray] = rows.cached(
        "areas", lambda rows: areas(rows.labels > 0.5, rows.predictions, rows.buckets, rows.weights)
    )
    return both


def _steps(true: np.ndarray, falling: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the end of each score of a true row, and which false rows have such a score."""
    step = np.cumsum(np.append(False, falling[1:] != falling[:-1]))
    counted = np.zeros(step[-1] + 1, bool)
    counted[step[true]] = True
    last: np.ndarray = np.append(step[1:] != step[:-1], True)
    return np.flatnonzero(last & counted[step]) + 1, counted[step] & ~true


def _leave_one_out(counts: np.ndarray, buckets: int) -> np.ndarray:
    """Return the counts of all buckets, then without each bucket, [steps, 1 + buckets], from [steps, buckets]."""
    total = counts.sum(axis=1, keepdims=True).astype(np.float64)
    return np.concatenate([total, total - counts], axis=1) if buckets else total


Measure = Callable[[Scored], np.ndarray]

_TINY = 1e-7
_CALIBRATION_BINS = 10
_TOP = 3
_RANKED_CLASSES = 20
_RANKED_CELLS = 2_000_000


def measure(task: str, name: str, labels: np.ndarray, predictions: np.ndarray, loss: str = "") -> float:
    """Return one metric of a task; NaN without rows, with a prediction that is no number, or without a value."""
    return float(values(task, name, Scored(labels, predictions), loss)[0])


def values(task: str, name: str, rows: Scored, loss: str = "") -> np.ndarray:
    """Return a metric's value, then its jackknife replicates, [1 + buckets]; computed once for the rows.

    Args:
        task: The task.
        name: The metric.
        rows: The scored rows.
        loss: The loss of a regression, as `Loss.text` writes it, for the metrics of losses.
    """
    compute = MEASURES[task].get(name) or ORDINAL_MEASURES.get(name) or partial(LOSS_MEASURES[name], Loss.parse(loss))
    if not rows.usable:
        return np.full(1 + rows.buckets, math.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(rows.cached(name, compute))


def _auc(rows: Scored) -> np.ndarray:
    return binary_areas(rows)[0]


def _average_precision(rows: Scored) -> np.ndarray:
    return binary_areas(rows)[1]


def _accuracy(rows: Scored) -> np.ndarray:
    return rows.means((rows.predictions > 0.5) == (rows.labels > 0.5))


def _log_loss(rows: Scored) -> np.ndarray:
    likelihood = np.where(rows.labels > 0.5, rows.predictions, 1 - rows.predictions)
    return rows.means(-np.log(np.clip(likelihood, _TINY, 1)))


def _precision(rows: Scored) -> np.ndarray:
    positive = rows.predictions > 0.5
    return rows.sums(positive & (rows.labels > 0.5)) / rows.sums(positive)


def _recall(rows: Scored) -> np.ndarray:
    true = rows.labels > 0.5
    return rows.sums(true & (rows.predictions > 0.5)) / rows.sums(true)


def _calibration_error(rows: Scored) -> np.ndarray:
    """Expected calibration error with ten bins of equal width.

    Method: Naeini, Cooper, Hauskrecht: Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015.
    """
    bins = np.clip((rows.predictions * _CALIBRATION_BINS).astype(int), 0, _CALIBRATION_BINS - 1)
    gaps = rows.sums_by(bins, _CALIBRATION_BINS, rows.labels - rows.predictions)
    return np.abs(gaps).sum(axis=1) / rows.counts


def _class_accuracy(rows: Scored) -> np.ndarray:
    return rows.means(rows.predictions.argmax(axis=1) == rows.labels)


def _class_log_loss(rows: Scored) -> np.ndarray:
    inside = (rows.labels >= 0) & (rows.labels < rows.predictions.shape[1])
    classes = np.where(inside, rows.labels, 0).astype(int)
    likelihood = np.where(inside, rows.predictions[np.arange(len(rows)), classes], 0.0)
    return rows.means(-np.log(np.clip(likelihood, _TINY, 1)))


def _macro_f1(rows: Scored) -> np.ndarray:
    """Mean F1 of the classes that occur as a label or a prediction, in each replicate among its own rows."""
    predictions = rows.predictions.argmax(axis=1)
    classes, numbers = np.unique(np.concatenate([rows.labels, predictions]), return_inverse=True)
    true, predicted = np.split(numbers, 2)
    hits = rows.sums_by(true, len(classes), (true == predicted).astype(float))
    occurring = rows.sums_by(true, len(classes)) + rows.sums_by(predicted, len(classes))
    scores = np.where(occurring > 0, 2 * hits / np.where(occurring > 0, occurring, 1), 0)
    return scores.sum(axis=1) / (occurring > 0).sum(axis=1)


def _top_accuracy(rows: Scored) -> np.ndarray:
    best = np.argsort(-rows.predictions, axis=1)[:, :_TOP]
    return rows.means((best == rows.labels[:, None]).any(axis=1))


def _class_auc(rows: Scored) -> np.ndarray:
    """Area of each class against the rest, averaged over the most frequent classes that occur.

    Every class takes a sort of the rows, and each bucket more time. So with many rows and classes the replicates are
    those of the first rows, which are a random part, with the deviations that as many rows as there are have.
    """
    classes = min(rows.predictions.shape[1], _RANKED_CLASSES)
    part = _RANKED_CELLS // max(classes, 1)
    if len(rows) <= part or not rows.buckets:
        return _areas_of_classes(rows, len(rows), classes, rows.buckets)
    value = _areas_of_classes(rows, len(rows), classes, 0)
    replicates = _areas_of_classes(rows, part, classes, rows.buckets)
    return np.append(value, value + (replicates[1:] - replicates[0]) * math.sqrt(part / len(rows)))


def _areas_of_classes(rows: Scored, count: int, classes: int, buckets: int) -> np.ndarray:
    """Return the mean area of the classes that occur among the first rows, [1 + buckets]."""
    labels, weights = rows.labels[:count], None if rows.weights is None else rows.weights[:count]
    per_class = [
        areas(labels == number, rows.predictions[:count, number], buckets, weights)[0]
        for number in range(classes)
        if (labels == number).any()
    ]
    return np.mean(per_class, axis=0) if per_class else np.full(1 + buckets, math.nan)


def _mae(rows: Scored) -> np.ndarray:
    return rows.means(np.abs(rows.labels - rows.predictions))


def _rmse(rows: Scored) -> np.ndarray:
    return np.sqrt(rows.means((rows.labels - rows.predictions) ** 2))


def _r2(rows: Scored) -> np.ndarray:
    # Deviations from the mean: the difference of two sums of large squares would lose digits.
    deviations = rows.labels - rows.labels.mean()
    spread = rows.sums(deviations**2) - rows.sums(deviations) ** 2 / rows.counts
    residual = rows.sums((rows.labels - rows.predictions) ** 2)
    return np.where(spread > 0, 1 - residual / spread, math.nan)


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
# Of ordinal classes, in addition to those of their task.
ORDINAL_MEASURES: dict[str, Measure] = {"rank_mae": rank_mae, "quadratic_kappa": quadratic_kappa}


SHOWN_CLASSES = 20
_BINS = 10


def confusion(task: str, rows: Scored) -> np.ndarray:
    """Return the number of rows by true class (rows) and predicted class (columns); the last class is all others.

    Of rows with weights it is their weight.
    Classes are numbered by falling frequency in training, so that the most frequent ones are shown.
    """
    if task == "binary":
        true, predicted, size = rows.labels > 0.5, rows.predictions > 0.5, 2
    else:
        true, predicted = rows.labels, rows.predictions.argmax(axis=1)
        size = min(rows.predictions.shape[1], SHOWN_CLASSES)
    true, predicted = (np.where((each >= 0) & (each < size), each, size).astype(int) for each in (true, predicted))
    return (
        np.bincount(true * (size + 1) + predicted, rows.weights, minlength=(size + 1) ** 2)
        .reshape(size + 1, size + 1)
        .astype(float)
    )


def reliability(task: str, rows: Scored) -> np.ndarray:
    """Return the mean prediction, the observed mean and the rows (or their weight) of each bin, [bins, 3].

    The bins have equal width over the predicted probability: of the true class for two classes, of the most probable
    class for more, where the observed mean is the share of rows of that class. The bins of a regression have the same
    number of rows, by rising prediction, and the observed mean is that of the labels. The means of an empty bin are
    NaN.
    """
    if task == "regression":
        numbers: np.ndarray = np.empty(len(rows), int)
        numbers[np.argsort(rows.predictions, kind="stable")] = np.arange(len(rows)) * _BINS // max(len(rows), 1)
        predicted, observed = rows.predictions, rows.labels
    else:
        several = task == "multiclass"
        predicted = rows.predictions.max(axis=1) if several else rows.predictions
        observed = rows.predictions.argmax(axis=1) == rows.labels if several else rows.labels > 0.5
        numbers = np.clip((predicted * _BINS).astype(int), 0, _BINS - 1)
    parts = (np.ones(len(rows)), predicted, observed)
    counts, predictions, truths = (np.bincount(numbers, rows.weighted(part), minlength=_BINS) for part in parts)
    with np.errstate(invalid="ignore"):
        return np.stack([predictions / counts, truths / counts, counts], axis=1)


def residuals(_: str, rows: Scored) -> np.ndarray:
    """Return the quantiles RESIDUAL_SHARES of the residuals (label minus prediction)."""
    left = rows.labels - rows.predictions
    if rows.weights is None:
        return np.asarray(np.quantile(left, RESIDUAL_SHARES))
    return np.array([weighted_quantile(left, share, rows.weights) for share in RESIDUAL_SHARES])


TABLES: dict[str, dict[str, Callable[[str, Scored], np.ndarray]]] = {
    "binary": {CONFUSION: confusion, RELIABILITY: reliability},
    "multiclass": {CONFUSION: confusion, RELIABILITY: reliability},
    "regression": {RELIABILITY: reliability, RESIDUALS: residuals},
}
