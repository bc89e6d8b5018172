"""A linear model as a graph: the weights of categories are looked up, those of numbers multiplied."""

import numpy as np
import tensorflow as tf

from modules.features import Task
from modules.problem import Columns


class LinearModel(tf.Module):
    """A linear model: a dict of transformed columns in, predictions [batch, units] out."""

    def __init__(self, columns: Columns, weights: np.ndarray, bias: np.ndarray, task: Task) -> None:
        """Take the weights [numbers, flags, numbers of vectors and indices of categories, units], and the bias."""
        super().__init__()
        self._columns = columns
        dense = len(columns.numbers) + len(columns.flags) + sum(columns.vectors.values())
        self._dense = tf.Variable(weights[:dense], trainable=False)
        self._table = tf.Variable(weights[dense:], trainable=False)
        sizes = list(columns.categories.values())
        self._offsets = np.cumsum([0, *sizes[:-1]]) if sizes else np.zeros(0, np.int64)
        self._bias = tf.Variable(bias, trainable=False)
        self._link = {"binary": tf.sigmoid, "multiclass": tf.nn.softmax, "regression": tf.identity}[task]

    def __call__(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the predictions, float32."""
        columns = self._columns
        scores = self._bias[None, :]
        single = [*columns.numbers, *columns.flags]
        parts = [tf.stack([rows[name] for name in single], axis=1)] if single else []
        parts += [rows[name] for name in columns.vectors]
        if parts:
            scores += tf.matmul(tf.cast(tf.concat(parts, axis=1), tf.float64), self._dense)
        if columns.categories:
            indices = tf.stack([rows[name] for name in columns.categories], axis=1) + self._offsets
            scores += tf.reduce_sum(tf.gather(self._table, indices), axis=1)
        return tf.cast(self._link(scores), tf.float32)
