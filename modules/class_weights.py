"""Weights of classes and rows that make rare classes count as much as frequent ones."""

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
    classes = labels.astype(np.int64)
    weights: np.ndarray = class_weights(classes, int(classes.max()) + 1)[classes]
    return weights


def class_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return a weight per class, such that each class weighs the same, and a row 1 on average; 0 for one without rows.

    Args:
        labels: The number of each row's class.
        classes: How many classes there are.
    """
    counts = np.bincount(labels.astype(np.int64), minlength=classes)
    present = np.count_nonzero(counts)
    return np.where(counts > 0, len(labels) / (present * np.maximum(counts, 1)), 0.0).astype(np.float32)
