"""A weighted mean of models as one model."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf


class EnsembleModel(tf.Module):
    """The weighted mean of models: a dict of transformed columns in, predictions [batch, units] out."""

    def __init__(self, models: Sequence[Any], weights: Sequence[float]) -> None:
        """Take the models, and their weights, which add up to one."""
        super().__init__()
        self._models, self._weights = list(models), list(weights)

    def __call__(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the mean of the predictions, float32."""
        parts = [weight * model(rows) for model, weight in zip(self._models, self._weights, strict=True)]
        return tf.add_n(parts)
