"""Weights of rows that make rare classes count as much as frequent ones."""

import numpy as np

from modules.features import Task


def row_weights(labels: np.ndarray, task: Task, setting: str | None) -> np.ndarray | None:
    """Return a weight per row, 1 on average; None where all rows weigh the same.

    Args:
        labels: The labels: a class per row.
        task: What is predicted; numbers have no classes.
        setting: `balanced` for classes of equal weight, or None.
    """
    if setting is None or task == "regression":
        return None
    _, classes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    weights: np.ndarray = (len(labels) / (len(counts) * counts))[classes].astype(np.float32)
    return weights
