"""Trees as a graph that compares nodes: see `node_tables`. Its size does not depend on the trees or columns."""

import numpy as np
import tensorflow as tf

from modules.families.trees.blocks import in_blocks, variable
from modules.families.trees.node_tables import NodeTables

# Rows that are scored at a time: with the words of a chunk they fit into a processor's cache.
BLOCK = 2048


class NodeForest(tf.Module):
    """The sum of trees over a matrix of features, [rows, units]."""

    def __init__(self, tables: NodeTables, units: int) -> None:
        """Store the tables."""
        super().__init__()
        self._features = tables.sources[:, 0].astype(np.int32)
        self._fill = tables.sources[:, 1:].astype(np.float32)
        self._place, self._threshold = variable(tables.place), variable(tables.threshold)
        self._if_right, self._changed = variable(tables.if_right), variable(tables.if_left ^ tables.if_right)
        self._steps, self._starts = variable(tables.steps), variable(tables.starts)
        self._values = variable(tables.values.reshape(len(tables.values), -1))
        self._units = variable(tables.units)
        self._words, self._width = tables.values.shape[1:]
        self._scores = units

    def __call__(self, matrix: tf.Tensor) -> tf.Tensor:
        """Return the sums [rows, units], float64.

        Args:
            matrix: float32 [features, rows], NaN where missing.
        """
        return in_blocks(matrix, BLOCK, [self._scores], lambda block: tf.transpose(self._sums(block)))

    def _sums(self, matrix: tf.Tensor) -> tf.Tensor:
        """Return the sums of a block, [units, rows]."""
        values = tf.gather(matrix, self._features)
        compared = tf.where(tf.math.is_nan(values), self._fill, values)

        def chunk(number: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return number + 1, total + self._sum(number, self._reached(number, compared))

        start = (tf.constant(0), tf.zeros([self._scores, tf.shape(matrix)[1]], tf.float64))
        shapes = (tf.TensorShape([]), tf.TensorShape([self._scores, None]))
        count = self._starts.shape[0]
        return tf.while_loop(lambda number, _: number < count, chunk, start, shapes, parallel_iterations=1)[1]

    def _reached(self, number: tf.Tensor, compared: tf.Tensor) -> tf.Tensor:
        """Return the leaves that the rows reach in the words of a chunk, [words, rows]: one bit per tree."""

        def step(place: tf.Tensor, reached: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            goes_left = tf.gather(compared, self._place[place]) <= self._threshold[place][:, None]
            # A selection by broadcast takes twice the time.
            changed = tf.cast(goes_left, reached.dtype) * self._changed[place][:, None]
            side = tf.bitwise.bitwise_xor(changed, self._if_right[place][:, None])
            return place + 1, tf.bitwise.bitwise_and(reached, side)

        end = self._steps[number + 1]
        start = (self._steps[number], tf.tile(self._starts[number][:, None], [1, tf.shape(compared)[1]]))
        shapes = (tf.TensorShape([]), tf.TensorShape([self._words, None]))
        return tf.while_loop(lambda place, _: place < end, step, start, shapes, parallel_iterations=1)[1]

    def _sum(self, number: tf.Tensor, reached: tf.Tensor) -> tf.Tensor:
        """Return the sum of the values of the leaves, [units, rows]; no leaf has the value zero."""
        leaves = tf.cast(tf.raw_ops.PopulationCount(x=reached - 1), tf.int32)
        offsets = tf.range(self._words) * self._width
        values = tf.gather(self._values[number], leaves + offsets[:, None])
        return tf.matmul(tf.one_hot(self._units[number], self._scores, dtype=tf.float64), values, transpose_a=True)
