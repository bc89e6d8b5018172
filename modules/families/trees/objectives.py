"""The objectives of LightGBM: its own for each task and loss, and ours for ordinal classes."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from modules.families import ordinal
from modules.families.problem import Problem
from penstock.core.losses import Loss

_METRICS = {"binary": "binary_logloss", "multiclass": "multi_logloss", "regression": "l2"}
# LightGBM's parameter of each loss that has one.
_PARAMETERS = {"quantile": "alpha", "huber": "alpha", "tweedie": "tweedie_variance_power"}
# The offsets are fitted again in each of the first rounds, then in one of so many, by so many steps.
FIRST_ROUNDS, EACH, STEPS = 10, 10, 5
_LEAST_CURVATURE = 1e-6


def objective_of(problem: Problem) -> dict[str, Any]:
    """Return LightGBM's parameters for the task and the loss of a problem."""
    if problem.ordinal:
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


def arguments_of(parameters: dict[str, Any], objective: "OrdinalObjective | None") -> dict[str, Any]:
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
