"""The likelihood of ordinal classes under a cumulative logit, its derivatives, and the fit of its thresholds.

P(class > k) = sigmoid(score + offset_k), with one score per row and offsets that fall with k. Method: McCullagh:
Regression Models for Ordinal Data, JRSS B 1980; boosted as in Schmid and others: Geoadditive Regression Modeling of
Stream Biological Condition, Environmental and Ecological Statistics 2011, which fits the thresholds again while the
trees grow.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

# Bounds of the logarithm of the difference of two thresholds, which a class without rows would move to infinity.
LEAST_GAP, GREATEST_GAP = -12.0, 6.0
_FAR = 30.0


@dataclass(frozen=True)
class Likelihood:
    """What a cumulative logit says of labels.

    Attributes:
        loss: The negative log likelihood of each row.
        slope: Its derivative by the score of each row.
        curvature: Its second derivative by the score, above zero.
        offset_slope: The derivative of the total by each offset.
    """

    loss: np.ndarray
    slope: np.ndarray
    curvature: np.ndarray
    offset_slope: np.ndarray


def likelihood(
    scores: np.ndarray, ranks: np.ndarray, offsets: np.ndarray, weights: np.ndarray | None = None
) -> Likelihood:
    """Return the likelihood and its derivatives.

    Args:
        scores: The score of each row, [rows].
        ranks: The class of each row, [rows].
        offsets: Falling offsets, [classes - 1].
        weights: A weight per row, or None.
    """
    ranks = ranks.astype(np.int64)
    edges = np.concatenate([[np.inf], offsets, [-np.inf]])
    upper, lower = scores + edges[ranks], scores + edges[ranks + 1]
    gap = -np.expm1(edges[ranks + 1] - edges[ranks])
    above, below = special.expit(upper), special.expit(-lower)
    loss = -special.log_expit(upper) - special.log_expit(-lower) - np.log(gap)
    slope = above - below
    curvature = above * special.expit(-upper) + below * special.expit(lower)
    weigh = np.ones(len(scores)) if weights is None else weights
    # Of -log p: by the offset that bounds a class from below (upper), and by the one that bounds it from above (lower).
    # As differences of logarithms, because both factors of far scores are zero.
    by_upper = -weigh * np.exp(special.log_expit(-upper) - special.log_expit(-lower)) / gap
    by_lower = weigh * np.exp(special.log_expit(lower) - special.log_expit(upper)) / gap
    size = len(edges)
    totals = np.bincount(ranks, by_upper, minlength=size) + np.bincount(ranks + 1, by_lower, minlength=size)
    return Likelihood(loss * weigh, slope * weigh, curvature * weigh, totals[1:-1])


def offsets_of(values: np.ndarray) -> np.ndarray:
    """Return falling offsets: the first value, then minus the exponentials of the others, added up."""
    return np.asarray(np.concatenate([values[:1], values[0] - np.cumsum(np.exp(values[1:]))]))


def values_of(offsets: np.ndarray) -> np.ndarray:
    """Return what `offsets_of` takes for these offsets."""
    gaps = np.log(np.maximum(-np.diff(offsets), np.exp(LEAST_GAP)))
    return np.concatenate([offsets[:1], np.clip(gaps, LEAST_GAP, GREATEST_GAP)])


def value_slope(values: np.ndarray, offset_slope: np.ndarray) -> np.ndarray:
    """Return the derivative by the values of `offsets_of`, from that by the offsets."""
    later = np.cumsum(offset_slope[::-1])[::-1]
    return np.concatenate([later[:1], -np.exp(values[1:]) * later[1:]])


def first_offsets(ranks: np.ndarray, classes: int, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the offsets of scores of zero: the logits of the shares of rows above each class."""
    counts = np.bincount(ranks.astype(np.int64), weights, minlength=classes)
    above = 1 - np.cumsum(counts)[:-1] / counts.sum()
    return offsets_of(values_of(np.clip(special.logit(np.clip(above, 0, 1)), -_FAR, _FAR)))


def fitted_offsets(
    scores: np.ndarray, ranks: np.ndarray, start: np.ndarray, weights: np.ndarray | None = None, *, steps: int = 200
) -> np.ndarray:
    """Return the offsets of the greatest likelihood for given scores, from `start` in at most so many steps."""
    from scipy.optimize import minimize

    def objective(values: np.ndarray) -> tuple[float, np.ndarray]:
        found = likelihood(scores, ranks, offsets_of(values), weights)
        return float(found.loss.sum()), value_slope(values, found.offset_slope)

    bounds = [(-_FAR, _FAR), *[(LEAST_GAP, GREATEST_GAP)] * (len(start) - 1)]
    found = minimize(
        objective, values_of(start), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": steps}
    )
    return offsets_of(found.x)
