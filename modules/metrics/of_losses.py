"""The metrics of the losses of a regression: the mean loss, and by how much it is less than that of the best constant.

`d2` is the D2 score: Hastie, Tibshirani, Wainwright: Statistical Learning with Sparsity, 2015, 3.3.1; of the pinball
loss: Koenker, Machado: Goodness of Fit and Related Inference Processes for Quantile Regression, JASA 1999.
"""

import math
from collections.abc import Callable

import numpy as np

from modules.metrics.scored import Scored
from penstock.core.loss_values import power_of, row_losses, unit_deviance, weighted_quantile
from penstock.core.losses import Loss


def mean_loss(loss: Loss, rows: Scored) -> np.ndarray:
    """Return the mean loss, [1 + buckets]."""
    return rows.means(row_losses(loss, rows.labels, rows.predictions))


def d2(loss: Loss, rows: Scored) -> np.ndarray:
    """Return 1 minus the ratio of the loss to that of the best constant on the same rows, [1 + buckets]."""
    of_constant = _constant_losses(loss, rows)
    return np.where(of_constant > 0, 1 - mean_loss(loss, rows) / of_constant, math.nan)


def _constant_losses(loss: Loss, rows: Scored) -> np.ndarray:
    """Return the mean loss of the best constant of all rows, then of the rows without each bucket."""
    values = []
    for left_out in range(-1, rows.buckets):
        kept = np.ones(len(rows), bool) if left_out < 0 else np.arange(len(rows)) % rows.buckets != left_out
        labels, weights = rows.labels[kept], None if rows.weights is None else rows.weights[kept]
        values.append(_constant_loss(loss, labels, weights))
    return np.array(values)


def _constant_loss(loss: Loss, labels: np.ndarray, weights: np.ndarray | None) -> float:
    if loss.name == "quantile":
        best = weighted_quantile(labels, loss.parameter, weights)
        return float(np.average(row_losses(loss, labels, np.full(len(labels), best)), weights=weights))
    mean = float(np.average(labels, weights=weights))
    if mean <= 0:
        return 0.0
    deviances = unit_deviance(power_of(loss), np.asarray(labels, np.float64), np.full(len(labels), mean))
    return float(np.average(deviances, weights=weights))


LOSS_MEASURES: dict[str, Callable[[Loss, Scored], np.ndarray]] = {
    **dict.fromkeys(("pinball", "poisson_deviance", "tweedie_deviance", "huber"), mean_loss),
    "d2": d2,
}
