"""The metrics of ordinal classes: the mean distance of ranks, and the agreement weighted by squared distance."""

import math

import numpy as np

from modules.metrics.scored import Scored


def rank_mae(rows: Scored) -> np.ndarray:
    """Return the mean absolute difference of the ranks of the label and of the most probable class, [1 + buckets]."""
    return rows.means(np.abs(rows.labels - rows.predictions.argmax(axis=1)))


def quadratic_kappa(rows: Scored) -> np.ndarray:
    """Return Cohen's kappa with quadratic weights, [1 + buckets]; NaN if all rows and predictions are of one class.

    Method: Cohen: Weighted Kappa, Psychological Bulletin 1968. With these weights only sums, sums of squares and of
    products of the ranks are needed: the expected distance is that of independent ranks.
    """
    truth, guess = rows.labels.astype(np.float64), rows.predictions.argmax(axis=1).astype(np.float64)
    total = rows.counts
    squares, products = rows.sums(truth**2 + guess**2), rows.sums(truth * guess)
    expected = squares - 2 * rows.sums(truth) * rows.sums(guess) / total
    # Of exact ranks, a remainder of rounding is zero.
    return np.where(expected > 1e-9 * np.maximum(squares, 1), 1 - (squares - 2 * products) / expected, math.nan)
