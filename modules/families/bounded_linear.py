"""Linear models that scikit-learn does not fit: coefficients of a given sign, other losses, ordinal classes.

Kept as own code: scikit-learn's Ridge has a sign for all coefficients or none, and its LogisticRegression has none; its
QuantileRegressor is a linear program, which takes minutes for some ten thousand rows; its HuberRegressor scales the
residuals by an estimate, so that the loss is not the configured one. One objective serves all losses, weights of rows
and signs. It is minimized by SciPy's L-BFGS-B: Byrd, Lu, Nocedal, Zhu: A Limited Memory Algorithm for Bound Constrained
Optimization, SIAM Journal on Scientific Computing, 1995. The pinball loss is smoothed, less and less: Zheng: Gradient
Descent Algorithms for Quantile Regression with Smooth Approximation, International Journal of Machine Learning and
Cybernetics, 2011.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from modules.families import ordinal
from modules.families.problem import Columns
from penstock.core.features import Task
from penstock.core.loss_values import huber_curvature, power_of, weighted_quantile
from penstock.core.losses import Loss

MAX_STEPS = 500
# The widths of the smoothed corner of the pinball loss, in standard deviations of the label.
BANDWIDTHS = (0.3, 0.03, 0.003)
# The greatest absolute score while fitting, whose exponential a step of the search cannot overflow.
_MAX_SCORE = 50.0

Penalty = tuple[float, np.ndarray | None]
# Maps scores, targets and weights to the total loss and its derivative by each score.
_Loss = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[float, np.ndarray]]


def signs_of(columns: Columns, monotonic: Mapping[str, int], width: int) -> np.ndarray:
    """Return the sign of each coefficient: 1 for at least zero, -1 for at most zero, 0 for any; numbers come first."""
    signs = [monotonic.get(name, 0) for name in columns.numbers]
    return np.array([*signs, *[0] * (width - len(signs))])


def fit_bounded(  # noqa: PLR0913 what is minimized
    matrix: Any, labels: np.ndarray, task: Task, penalty: Penalty, signs: np.ndarray, loss: Loss | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the coefficients [columns, 1] and the bias [1]; of a log link those of the logarithm.

    Args:
        matrix: The rows, sparse, [rows, columns].
        labels: Numbers, or 0 and 1.
        task: A regression or a binary label.
        penalty: The strength of the L2 penalty, and a weight per row or None.
        signs: The sign of each coefficient.
        loss: The loss of a regression; a squared one by default.
    """
    strength, given = penalty
    chosen = loss or Loss()
    weights = np.ones(len(labels)) if given is None else given.astype(np.float64)
    exact = labels.astype(np.float64)  # the squares of 32-bit floats may be too large for 32 bits
    center, scale = _unit(exact, weights, task, chosen)
    target = (exact - center) / scale
    if chosen.name == "huber":
        # So that the penalty is as strong whatever delta is: a small one makes all losses small.
        weights = weights / huber_curvature(Loss("huber", chosen.parameter / scale), target).mean()
    values = np.zeros(matrix.shape[1] + 1)
    for each in _losses(task, chosen, scale):
        values = _minimized(matrix, target, weights, strength, signs, each, values)
    if task == "regression" and chosen.is_log_linked:
        return values[:-1, None], values[-1:] + np.log(scale)
    if chosen.name == "quantile":
        # Exact again: the share of weight below the predictions is the quantile.
        residuals = target - (matrix @ values[:-1] + values[-1])
        values[-1] += weighted_quantile(residuals, chosen.parameter, weights)
    return values[:-1, None] * scale, values[-1:] * scale + center


def fit_ordinal(matrix: Any, ranks: np.ndarray, classes: int, penalty: Penalty) -> tuple[np.ndarray, np.ndarray]:
    """Return the coefficients [columns, 1] and the offsets [classes - 1] of a cumulative logit.

    Args:
        matrix: The rows, sparse, [rows, columns].
        ranks: The class of each row.
        classes: The number of classes.
        penalty: The strength of the L2 penalty, and a weight per row or None.
    """
    from scipy.optimize import minimize

    strength, weights = penalty
    width = matrix.shape[1]

    def objective(values: np.ndarray) -> tuple[float, np.ndarray]:
        inner, own = values[:width], values[width:]
        found = ordinal.likelihood(matrix @ inner, ranks, ordinal.offsets_of(own), weights)
        gradient = np.append(matrix.T @ found.slope + strength * inner, ordinal.value_slope(own, found.offset_slope))
        return float(found.loss.sum()) + strength / 2 * float(inner @ inner), gradient

    start = ordinal.values_of(ordinal.first_offsets(ranks, classes, weights))
    bounds = [(None, None)] * (width + 1) + [(ordinal.LEAST_GAP, ordinal.GREATEST_GAP)] * (classes - 2)
    found = minimize(
        objective,
        np.append(np.zeros(width), start),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": MAX_STEPS},
    ).x
    return found[:width, None], ordinal.offsets_of(found[width:])


def _minimized(  # noqa: PLR0913 what is minimized
    matrix: Any,
    target: np.ndarray,
    weights: np.ndarray,
    strength: float,
    signs: np.ndarray,
    loss: _Loss,
    start: np.ndarray,
) -> np.ndarray:
    """Return the coefficients and the bias with the least penalized loss."""
    from scipy.optimize import minimize

    def objective(values: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = loss(matrix @ values[:-1] + values[-1], target, weights)
        gradient = np.append(matrix.T @ slope + strength * values[:-1], slope.sum())
        return total + strength / 2 * float(values[:-1] @ values[:-1]), gradient

    bounds = [(0 if sign > 0 else None, 0 if sign < 0 else None) for sign in signs.tolist()]
    found = minimize(
        objective, start, jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)], options={"maxiter": MAX_STEPS}
    )
    return np.asarray(found.x)


def _unit(labels: np.ndarray, weights: np.ndarray, task: Task, loss: Loss) -> tuple[float, float]:
    """Return what is subtracted from the labels, and what they are divided by: steps do not depend on their unit."""
    if task != "regression":
        return 0.0, 1.0
    mean = float(np.average(labels, weights=weights))
    if loss.is_log_linked:
        return 0.0, mean if mean > 0 else 1.0
    return mean, float(np.sqrt(np.average((labels - mean) ** 2, weights=weights))) or 1.0


def _losses(task: Task, loss: Loss, scale: float) -> list[_Loss]:
    """Return the losses to minimize one after the other, each from the result of the one before."""
    if task != "regression":
        return [_logistic]
    if loss.name == "quantile":
        return [_smoothed(loss.parameter, width) for width in BANDWIDTHS]
    if loss.name == "huber":
        return [_clipped(loss.parameter / scale)]
    return [_deviance(power_of(loss))] if loss.is_log_linked else [_squares]


def _squares(scores: np.ndarray, target: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    residuals = scores - target
    return float(weights @ residuals**2) / 2, weights * residuals


def _logistic(scores: np.ndarray, target: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    from scipy.special import expit

    losses = np.logaddexp(0, scores) - target * scores
    return float(weights @ losses), weights * (expit(scores) - target)


def _smoothed(share: float, width: float) -> _Loss:
    """Return the pinball loss with a smooth corner."""
    from scipy.special import expit

    def loss(scores: np.ndarray, target: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
        residuals = target - scores
        losses = share * residuals + width * np.logaddexp(0, -residuals / width)
        return float(weights @ losses), -weights * (share - expit(-residuals / width))

    return loss


def _clipped(delta: float) -> _Loss:
    """Return Huber's loss."""

    def loss(scores: np.ndarray, target: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
        residuals = scores - target
        inner = np.clip(residuals, -delta, delta)
        return float(weights @ (inner * (residuals - inner / 2))), weights * inner

    return loss


def _deviance(power: float) -> _Loss:
    """Return half the deviance of Tweedie's distributions with a log link, without what no score changes."""

    def loss(scores: np.ndarray, target: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
        kept = np.clip(scores, -_MAX_SCORE, _MAX_SCORE)
        if power == 1:
            mean = np.exp(kept)
            return float(weights @ (mean - target * kept)), weights * (mean - target)
        lower, upper = np.exp((1 - power) * kept), np.exp((2 - power) * kept)
        second = upper / (2 - power) if power < 2 else kept
        return float(weights @ (target * lower / (power - 1) + second)), weights * (upper - target * lower)

    return loss
