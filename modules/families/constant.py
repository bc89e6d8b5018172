"""The best constant as a model: the share of each class, or the mean of the label."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from modules.families.cost import Cost
from modules.families.problem import Columns, Problem
from penstock.core.features import Task


@dataclass(frozen=True)
class Trained:
    """A constant with the interface of the other families.

    Attributes:
        columns: The transformed columns.
        values: The prediction, [units].
        explained: The task, if the exported model explains its scores; None otherwise.
        cut: Empty, because a constant is always complete.
        export_seconds: The estimated seconds to export it.
    """

    columns: Columns
    values: np.ndarray
    explained: Task | None = None
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
    labels, explained = problem.train[1], problem.task if (settings or {}).get("explain") else None
    if problem.task == "multiclass":
        shares = np.bincount(labels.astype(np.int64), minlength=problem.classes) / len(labels)
        return Trained(problem.columns, shares, explained)
    return Trained(problem.columns, np.asarray([labels.mean(dtype=np.float64)]), explained)


def linear_model(columns: Columns, values: np.ndarray, explained: Task | None = None) -> Any:
    """Return a TensorFlow module that predicts the values for each row; a task if it explains its scores."""
    from modules.families.explanation import raw_of
    from modules.families.linear import LinearModel

    width = columns.width - len(columns.categories) + sum(columns.categories.values())
    if explained is not None:
        bias = raw_of(explained, np.asarray(values)[None, :])[0]
        return LinearModel(columns, np.zeros((width, len(values))), bias, explained, np.zeros(width))
    # A regression has no link, so that the bias is the prediction itself, whatever the task.
    return LinearModel(columns, np.zeros((width, len(values))), np.asarray(values, np.float64), "regression")
