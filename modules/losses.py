"""The loss by which models are chosen: log loss of classes, root mean squared error of numbers."""

import numpy as np

from modules.features import Task

NAMES = {"binary": "log_loss", "multiclass": "log_loss", "regression": "rmse"}
_LEAST = 1e-15


def loss_of(task: Task, labels: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the loss of predictions.

    Args:
        task: What is predicted.
        labels: The labels [rows]; a class without a unit counts as missed.
        scores: The predictions [rows, units].
        weights: A weight per row, or None.
    """
    if task == "regression":
        return float(np.sqrt(np.average((scores[:, 0].astype(np.float64) - labels) ** 2, weights=weights)))
    if task == "binary":
        likelihood = np.where(labels > 0.5, scores[:, 0], 1 - scores[:, 0])
    else:
        likelihood = scores[np.arange(len(labels)), labels.astype(np.int64)]
    return float(np.average(-np.log(np.clip(likelihood.astype(np.float64), _LEAST, 1)), weights=weights))
