"""Logistic and linear regression with coefficients of a given sign, which scikit-learn does not fit.

Kept as own code: scikit-learn's Ridge has a sign for all coefficients or none, and its LogisticRegression has none.
What is minimized is what they minimize, by SciPy's L-BFGS-B: Byrd, Lu, Nocedal, Zhu: A Limited Memory Algorithm for
Bound Constrained Optimization, SIAM Journal on Scientific Computing, 1995.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from modules.families.problem import Columns
from penstock.core.features import Task

MAX_STEPS = 500


def signs_of(columns: Columns, monotonic: Mapping[str, int], width: int) -> np.ndarray:
    """Return the sign of each coefficient: 1 for at least zero, -1 for at most zero, 0 for any; numbers come first."""
    signs = [monotonic.get(name, 0) for name in columns.numbers]
    return np.array([*signs, *[0] * (width - len(signs))])


def fit_bounded(
    matrix: Any, labels: np.ndarray, task: Task, penalty: tuple[float, np.ndarray | None], signs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the coefficients [columns, 1] and the bias [1].

    Args:
        matrix: The rows, sparse, [rows, columns].
        labels: Numbers, or 0 and 1.
        task: A regression or a binary label.
        penalty: The strength of the L2 penalty, and a weight per row or None.
        signs: The sign of each coefficient.
    """
    from scipy.optimize import minimize

    strength, given = penalty
    weights = np.ones(len(labels)) if given is None else given.astype(np.float64)
    center, scale = _standard(labels, weights) if task == "regression" else (0.0, 1.0)
    target = (labels.astype(np.float64) - center) / scale
    loss = _squares if task == "regression" else _logistic

    def objective(values: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = loss(matrix @ values[:-1] + values[-1], target, weights)
        gradient = np.append(matrix.T @ slope + strength * values[:-1], slope.sum())
        return total + strength / 2 * float(values[:-1] @ values[:-1]), gradient

    bounds = [(0 if sign > 0 else None, 0 if sign < 0 else None) for sign in signs.tolist()]
    start = np.zeros(matrix.shape[1] + 1)
    found = minimize(
        objective, start, jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)], options={"maxiter": MAX_STEPS}
    ).x
    return found[:-1, None] * scale, found[-1:] * scale + center


def _standard(labels: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Return mean and standard deviation, so that the steps do not depend on the unit of the label."""
    mean = float(np.average(labels, weights=weights))
    return mean, float(np.sqrt(np.average((labels - mean) ** 2, weights=weights))) or 1.0


def _squares(scores: np.ndarray, target: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    residuals = scores - target
    return float(weights @ residuals**2) / 2, weights * residuals


def _logistic(scores: np.ndarray, target: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    from scipy.special import expit

    losses = np.logaddexp(0, scores) - target * scores
    return float(weights @ losses), weights * (expit(scores) - target)
