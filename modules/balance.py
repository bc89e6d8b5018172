"""Weights by class, so that a rare class counts as much as a frequent one."""

from typing import Any

import numpy as np

from modules.keras3 import keras


def class_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return a weight per class, such that each class weighs the same, and a row 1 on average."""
    counts = np.bincount(labels.astype(np.int64), minlength=classes)
    present = np.count_nonzero(counts)
    return np.where(counts > 0, len(labels) / (present * np.maximum(counts, 1)), 0.0).astype(np.float32)


def weighed(loss: Any, weights: np.ndarray) -> Any:
    """Return a loss that weighs each row by its class."""

    def by_class(labels: Any, scores: Any) -> Any:
        return loss(labels, scores, sample_weight=keras.ops.take(weights, keras.ops.cast(labels, "int32")))

    return by_class
