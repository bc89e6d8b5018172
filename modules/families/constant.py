"""The best constant as a model: the share of each class, or the mean of the label."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from modules.families.cost import Cost
from modules.families.links import Link, link_of
from modules.families.problem import Columns, Problem, given_weights
from penstock.core.features import Task
from penstock.core.loss_values import best_constant
from penstock.core.losses import Loss


@dataclass(frozen=True)
class Trained:
    """A constant with the interface of the other families.

    Attributes:
        columns: The transformed columns.
        values: The prediction, [units].
        explained: The link of the scores, if the exported model explains them; None otherwise.
        cut: Empty, because a constant is always complete.
        export_seconds: The estimated seconds to export it.
    """

    columns: Columns
    values: np.ndarray
    explained: Link | None = None
    cut: str = ""
    export_seconds: float = 0.05

    @property
    def cost(self) -> Cost:
        """The estimated cost of serving it."""
        return Cost()

    def predict(self, rows: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return predictions [rows, units]."""
        return np.tile(self.values, (len(rows[self.columns.names[0]]), 1))

    def export(self) -> Any:
        """Return the constant as a linear model whose weights are zero."""
        return linear_model(self.columns, self.values, self.explained)


def train(problem: Problem, settings: Mapping[str, Any] | None = None) -> Trained:
    """Return the constant of the training rows."""
    values = constant_of(problem.train[1], problem.task, problem.classes, problem.loss, given_weights(problem.train))
    return Trained(problem.columns, values, link_of(problem) if (settings or {}).get("explain") else None)


def constant_of(
    labels: np.ndarray, task: Task, classes: int, loss: Loss | None = None, weights: np.ndarray | None = None
) -> np.ndarray:
    """Return the constant prediction with the least loss, [units]: the share of each class, the mean, a quantile.

    Args:
        labels: The labels, [rows].
        task: What is predicted.
        classes: The number of classes of a multiclass label.
        loss: The loss of a regression.
        weights: A weight per row, or None.
    """
    if task == "multiclass":
        counts = np.bincount(labels.astype(np.int64), weights, minlength=classes)
        return np.asarray(counts / counts.sum())
    return np.asarray([best_constant(loss if loss and task == "regression" else Loss(), labels, weights)])


def linear_model(columns: Columns, values: np.ndarray, explained: Link | None = None) -> Any:
    """Return a TensorFlow module that predicts the values for each row; a link if it explains its scores."""
    from modules.families.explanation import raw_of
    from modules.families.linear import LinearModel

    width = columns.width - len(columns.categories) + sum(columns.categories.values())
    if explained is not None:
        bias = raw_of(explained, np.asarray(values)[None, :])[0]
        return LinearModel(columns, np.zeros((width, len(values))), bias, explained, np.zeros(width))
    # Without a link the bias is the prediction itself, whatever the task.
    return LinearModel(columns, np.zeros((width, len(values))), np.asarray(values, np.float64), "identity")
