"""The metrics of each task over arrays of labels and predictions.

Each takes labels [rows] and predictions: [rows] probabilities of the true class (binary), [rows, classes] probabilities
(multiclass) or [rows] numbers (regression). A metric that the rows cannot give, such as the AUC of rows that all share
one label, is NaN.
"""

import math
from collections.abc import Callable

import numpy as np
from sklearn import metrics

Measure = Callable[[np.ndarray, np.ndarray], float]

_TINY = 1e-7
_CALIBRATION_BINS = 10
_TOP = 3


def measure(task: str, name: str, labels: np.ndarray, predictions: np.ndarray) -> float:
    """Return one metric of a task; NaN without rows, with a prediction that is no number, or where it has no value."""
    given = MEASURES[task][name]
    return float(given(labels, predictions)) if len(labels) and np.isfinite(predictions).all() else math.nan


def _both_labels(labels: np.ndarray) -> bool:
    return bool(labels.min() < 0.5 < labels.max())


def _auc(labels: np.ndarray, predictions: np.ndarray) -> float:
    return metrics.roc_auc_score(labels > 0.5, predictions) if _both_labels(labels) else math.nan


def _average_precision(labels: np.ndarray, predictions: np.ndarray) -> float:
    return metrics.average_precision_score(labels > 0.5, predictions) if labels.max() > 0.5 else math.nan


def _accuracy(labels: np.ndarray, predictions: np.ndarray) -> float:
    return float(np.mean((predictions > 0.5) == (labels > 0.5)))


def _log_loss(labels: np.ndarray, predictions: np.ndarray) -> float:
    likely = np.clip(np.where(labels > 0.5, predictions, 1 - predictions), _TINY, 1)
    return float(-np.mean(np.log(likely)))


def _precision(labels: np.ndarray, predictions: np.ndarray) -> float:
    claimed = predictions > 0.5
    return float(np.mean(labels[claimed] > 0.5)) if claimed.any() else math.nan


def _recall(labels: np.ndarray, predictions: np.ndarray) -> float:
    true = labels > 0.5
    return float(np.mean(predictions[true] > 0.5)) if true.any() else math.nan


def _calibration_error(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Expected calibration error: Naeini, Cooper, Hauskrecht, AAAI 2015; ten bins of equal width."""
    bins = np.minimum((predictions * _CALIBRATION_BINS).astype(int), _CALIBRATION_BINS - 1)
    gaps = np.abs(np.bincount(bins, labels - predictions, minlength=_CALIBRATION_BINS))
    return float(gaps.sum() / len(labels))


def _class_accuracy(labels: np.ndarray, predictions: np.ndarray) -> float:
    return float(np.mean(predictions.argmax(axis=1) == labels))


def _class_log_loss(labels: np.ndarray, predictions: np.ndarray) -> float:
    inside = (labels >= 0) & (labels < predictions.shape[1])
    likely = np.where(inside, predictions[np.arange(len(labels)), np.where(inside, labels, 0).astype(int)], 0.0)
    return float(-np.mean(np.log(np.clip(likely, _TINY, 1))))


def _macro_f1(labels: np.ndarray, predictions: np.ndarray) -> float:
    return metrics.f1_score(labels, predictions.argmax(axis=1), average="macro", zero_division=0.0)


def _top_accuracy(labels: np.ndarray, predictions: np.ndarray) -> float:
    best = np.argsort(-predictions, axis=1)[:, :_TOP]
    return float(np.mean((best == labels[:, None]).any(axis=1)))


def _mae(labels: np.ndarray, predictions: np.ndarray) -> float:
    return float(np.mean(np.abs(labels - predictions)))


def _rmse(labels: np.ndarray, predictions: np.ndarray) -> float:
    return math.sqrt(np.mean((labels - predictions) ** 2))


def _r2(labels: np.ndarray, predictions: np.ndarray) -> float:
    spread = float(np.sum((labels - labels.mean()) ** 2))
    return float(1 - np.sum((labels - predictions) ** 2) / spread) if spread > 0 else math.nan


def _mape(labels: np.ndarray, predictions: np.ndarray) -> float:
    known = labels != 0
    return float(100 * np.mean(np.abs((labels - predictions)[known] / labels[known]))) if known.any() else math.nan


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
    },
    "regression": {"mae": _mae, "rmse": _rmse, "r2": _r2, "mape": _mape},
}
