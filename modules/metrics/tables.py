"""What of scored rows is a table: confusion of classes, reliability of predictions, spread of residuals."""

from collections.abc import Callable

import numpy as np

from modules.metrics.names import CONFUSION, RELIABILITY, RESIDUAL_SHARES, RESIDUALS
from modules.metrics.scored import Scored

SHOWN_CLASSES = 20
BINS = 10


def confusion(task: str, rows: Scored) -> np.ndarray:
    """Return how many rows of each class (rows) were given each class (columns); the last class is all others.

    The classes are numbered by falling frequency in training, so that those which are shown are the most frequent.
    """
    if task == "binary":
        true, given, size = rows.labels > 0.5, rows.predictions > 0.5, 2
    else:
        true, given = rows.labels, rows.predictions.argmax(axis=1)
        size = min(rows.predictions.shape[1], SHOWN_CLASSES)
    true, given = (np.where((each >= 0) & (each < size), each, size).astype(int) for each in (true, given))
    return np.bincount(true * (size + 1) + given, minlength=(size + 1) ** 2).reshape(size + 1, size + 1).astype(float)


def reliability(task: str, rows: Scored) -> np.ndarray:
    """Return for each bin of rows the mean prediction, what came true of it and the number of rows, [bins, 3].

    The bins are of equal width over the probability of the true class, or of the likeliest class for several. Those of
    a regression hold equally many rows, by rising prediction, and what came true is the mean of the labels. The means
    of a bin without rows are NaN.
    """
    if task == "regression":
        numbers = np.empty(len(rows), int)
        numbers[np.argsort(rows.predictions, kind="stable")] = np.arange(len(rows)) * BINS // max(len(rows), 1)
        claimed, came = rows.predictions, rows.labels
    else:
        several = task == "multiclass"
        claimed = rows.predictions.max(axis=1) if several else rows.predictions
        came = rows.predictions.argmax(axis=1) == rows.labels if several else rows.labels > 0.5
        numbers = np.clip((claimed * BINS).astype(int), 0, BINS - 1)
    counts, claims, truths = (np.bincount(numbers, part, minlength=BINS) for part in (None, claimed, came))
    with np.errstate(invalid="ignore"):
        return np.stack([claims / counts, truths / counts, counts], axis=1)


def residuals(_: str, rows: Scored) -> np.ndarray:
    """Return below which residual (label less prediction) lie the shares RESIDUAL_SHARES of the rows."""
    return np.asarray(np.quantile(rows.labels - rows.predictions, RESIDUAL_SHARES))


TABLES: dict[str, dict[str, Callable[[str, Scored], np.ndarray]]] = {
    "binary": {CONFUSION: confusion, RELIABILITY: reliability},
    "multiclass": {CONFUSION: confusion, RELIABILITY: reliability},
    "regression": {RELIABILITY: reliability, RESIDUALS: residuals},
}
