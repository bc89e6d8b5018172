"""The objectives of LightGBM: its own for each task and loss, and ours for ordinal classes and Huber's loss."""

import inspect
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from modules.families import ordinal
from modules.families.problem import Problem
from penstock.core.loss_values import best_constant, huber_curvature, power_of, row_losses
from penstock.core.losses import Loss

_METRICS = {"binary": "binary_logloss", "multiclass": "multi_logloss", "regression": "l2"}
# LightGBM's parameter of each loss that has one.
_PARAMETERS = {"quantile": "alpha", "tweedie": "tweedie_variance_power"}
# The offsets are fitted again in each of the first rounds, then in one of so many, by so many steps.
FIRST_ROUNDS, EACH, STEPS = 10, 10, 5
_LEAST_CURVATURE = 1e-6


def objective_of(problem: Problem) -> dict[str, Any]:
    """Return LightGBM's parameters for the task and the loss of a problem."""
    if problem.ordinal or problem.loss.name == "huber":
        return {"metric": "None"}
    if problem.task == "multiclass":
        return {"objective": "multiclass", "metric": _METRICS["multiclass"], "num_class": problem.classes}
    if problem.task == "binary" or problem.loss.name == "squared":
        return {"objective": problem.task, "metric": _METRICS[problem.task]}
    return _of_loss(problem.loss)


def _of_loss(loss: Loss) -> dict[str, Any]:
    # LightGBM has no Tweedie distribution with a power of 2, which is gamma.
    name = "gamma" if loss.name == "tweedie" and loss.parameter == 2 else loss.name
    parameter = {_PARAMETERS[name]: loss.parameter} if name in _PARAMETERS else {}
    return {"objective": name, "metric": name, **parameter}


def unit_weight(problem: Problem) -> float:
    """Return what the weights of rows are multiplied by, so that a curvature is about 1 whatever the unit of the label.

    LightGBM compares sums of curvatures with constants: to allow a leaf, and to smooth categories. That of a loss with
    a log link is the mean of the labels to a power.
    """
    if problem.task != "regression" or not problem.loss.is_log_linked:
        return 1.0
    mean = float(problem.train[1].mean(dtype=np.float64))
    return mean ** (power_of(problem.loss) - 2) if mean > 0 else 1.0


class Objective(Protocol):
    """An objective of ours."""

    def gradients(self, scores: np.ndarray, data: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the first two derivatives by the score of each training row."""

    def measure(self, scores: np.ndarray, data: Any) -> tuple[str, float, bool]:
        """Return the mean loss of some rows, as LightGBM wants a metric."""

    def final(self, booster: Any) -> np.ndarray:
        """Return what is added to the scores of a booster, [scores of a prediction]."""


def arguments_of(parameters: dict[str, Any], objective: Objective | None) -> dict[str, Any]:
    """Return the arguments of LightGBM's `train` that say what is minimized; LightGBM 3 and 4 differ."""
    if objective is None:
        return {"params": parameters}
    import lightgbm

    if "fobj" in inspect.signature(lightgbm.train).parameters:
        return {"params": {**parameters, "objective": "none"}, "fobj": objective.gradients, "feval": objective.measure}
    return {"params": {**parameters, "objective": objective.gradients}, "feval": objective.measure}


class OrdinalObjective:
    """The negative log likelihood of a cumulative logit, whose offsets are fitted while the trees grow."""

    def __init__(
        self, ranks: np.ndarray, classes: int, weights: np.ndarray | None, matrix: Callable[[], np.ndarray]
    ) -> None:
        """Take the labels and weights of the training rows, and a function that returns their features."""
        self._ranks, self._weights, self._matrix = ranks, weights, matrix
        self.offsets = ordinal.first_offsets(ranks, classes, weights)
        self._round = 0

    def gradients(self, scores: np.ndarray, _: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the first two derivatives by the score of each training row, after fitting the offsets again."""
        if self._round and (self._round < FIRST_ROUNDS or self._round % EACH == 0):
            self.offsets = self._fitted(scores, STEPS)
        self._round += 1
        found = ordinal.likelihood(scores, self._ranks, self.offsets, self._weights)
        return found.slope, np.maximum(found.curvature, _LEAST_CURVATURE)

    def measure(self, scores: np.ndarray, data: Any) -> tuple[str, float, bool]:
        """Return the mean negative log likelihood of some rows, as LightGBM wants a metric."""
        weights, labels = data.get_weight(), np.asarray(data.get_label())
        found = ordinal.likelihood(scores, labels, self.offsets, weights)
        total = float(len(labels)) if weights is None else float(np.sum(weights, dtype=np.float64))
        return "log_loss", float(found.loss.sum()) / total, False

    def final(self, booster: Any) -> np.ndarray:
        """Return the offsets that fit the scores of a booster best."""
        return self._fitted(np.asarray(booster.predict(self._matrix(), raw_score=True, num_threads=1)), 200)

    def _fitted(self, scores: np.ndarray, steps: int) -> np.ndarray:
        return ordinal.fitted_offsets(scores, self._ranks, self.offsets, self._weights, steps=steps)


class HuberObjective:
    """Huber's loss with the curvature of the parabola that touches it from above.

    LightGBM's own has a curvature of 1 in each row, so that a tree moves a score by at most `delta` times the learning
    rate: with a `delta` far below the spread of the labels the model remained near the constant. With this curvature a
    leaf is the weighted mean of its residuals. Method: iteratively reweighted least squares, Huber: Robust Statistics,
    1981, 7.8.
    """

    def __init__(self, loss: Loss, labels: np.ndarray, weights: np.ndarray | None) -> None:
        """Take the loss, and labels and weights of the training rows; scores begin at the best constant."""
        self._loss, self._weights = loss, np.ones(len(labels)) if weights is None else weights
        self._labels = labels.astype(np.float64)
        self._start = best_constant(loss, labels, weights)
        # In this unit the curvatures are 1 on average, as the constants of LightGBM expect.
        self._unit = 1 / float(huber_curvature(loss, self._labels - self._start).mean())

    def gradients(self, scores: np.ndarray, _: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the derivative of the loss and the curvature of the parabola, for each training row."""
        residuals = self._labels - self._start - scores
        weighed = self._weights * self._unit * huber_curvature(self._loss, residuals)
        return -weighed * residuals, weighed

    def measure(self, scores: np.ndarray, data: Any) -> tuple[str, float, bool]:
        """Return the mean loss of some rows, as LightGBM wants a metric."""
        losses = row_losses(self._loss, np.asarray(data.get_label()), self._start + scores)
        return "huber", float(np.average(losses, weights=data.get_weight())), False

    def final(self, _: Any) -> np.ndarray:
        """Return the constant that scores begin at, [1]."""
        return np.array([self._start])
