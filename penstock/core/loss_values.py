"""The values of the losses of a regression by row, and the best constant of each.

Sources: Koenker, Bassett: Regression Quantiles, Econometrica 1978 (pinball loss); McCullagh, Nelder: Generalized Linear
Models, 1989 (Poisson deviance); Jørgensen: Exponential Dispersion Models, JRSS B 1987 (Tweedie deviance); Huber: Robust
Estimation of a Location Parameter, 1964.
"""

import numpy as np

from penstock.core.losses import Loss

# The least mean of a deviance: a smaller prediction counts as this one.
LEAST_MEAN = 1e-30
_BISECTIONS = 100


def row_losses(loss: Loss, labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Return the loss of each row, float64 [rows]: squared error, pinball loss, unit deviance, or Huber's loss."""
    truth, guess = np.asarray(labels, np.float64), np.asarray(predictions, np.float64)
    residuals = truth - guess
    if loss.name == "quantile":
        return np.asarray(np.maximum(loss.parameter * residuals, (loss.parameter - 1) * residuals))
    if loss.name == "huber":
        size = np.abs(residuals)
        delta = loss.parameter
        return np.where(size <= delta, residuals**2 / 2, delta * (size - delta / 2))
    if loss.is_log_linked:
        return unit_deviance(power_of(loss), truth, np.maximum(guess, LEAST_MEAN))
    return np.asarray(residuals**2)


def huber_curvature(loss: Loss, residuals: np.ndarray) -> np.ndarray:
    """Return the second derivative of the parabola that touches Huber's loss from above, [rows]: 1 within delta."""
    return np.asarray(loss.parameter / np.maximum(np.abs(residuals), loss.parameter))


def power_of(loss: Loss) -> float:
    """Return the power of the mean that the variance is proportional to: 1 for Poisson."""
    return 1.0 if loss.name == "poisson" else loss.parameter


def unit_deviance(power: float, truth: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the unit deviance of Tweedie's distributions, at least 0; a power of 1 is Poisson, 2 gamma."""
    if power == 1:
        return np.asarray(2 * (_log_product(truth, truth / mean) - truth + mean))
    if power == 2:
        return np.asarray(2 * (np.log(mean / truth) + truth / mean - 1))
    first = np.power(truth, 2 - power) / ((1 - power) * (2 - power))
    deviance = first - truth * np.power(mean, 1 - power) / (1 - power) + np.power(mean, 2 - power) / (2 - power)
    return np.asarray(2 * np.maximum(deviance, 0.0))


def _log_product(factor: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Return factor * log(ratio), 0 where the factor is."""
    return np.where(factor > 0, factor * np.log(np.where(factor > 0, ratio, 1.0)), 0.0)


def best_constant(loss: Loss, labels: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the constant with the least loss: the mean, a quantile, or Huber's location.

    Args:
        loss: The loss.
        labels: The labels, [rows].
        weights: A weight per row, or None.
    """
    truth = np.asarray(labels, np.float64)
    if loss.name == "quantile":
        return weighted_quantile(truth, loss.parameter, weights)
    if loss.name == "huber":
        return _location(truth, loss.parameter, weights)
    return float(np.average(truth, weights=weights))


def weighted_quantile(values: np.ndarray, share: float, weights: np.ndarray | None = None) -> float:
    """Return the least value whose rows and those below have at least this share of the weight.

    With whole weights it is the quantile `inverted_cdf` of the repeated rows.
    """
    order = np.argsort(values, kind="stable")
    total = np.cumsum(np.ones(len(values)) if weights is None else np.asarray(weights, np.float64)[order])
    # A product of binary fractions may exceed the exact one by its rounding.
    place = int(np.searchsorted(total, share * total[-1] * (1 - 1e-12)))
    return float(values[order][min(place, len(values) - 1)])


def _location(values: np.ndarray, delta: float, weights: np.ndarray | None) -> float:
    """Return the root of the sum of clipped residuals, which falls, by bisection."""
    low, high = float(values.min()), float(values.max())
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if float(np.average(np.clip(values - middle, -delta, delta), weights=weights)) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
