"""Trees as a graph that compares nodes: see `node_tables`. Its size does not depend on the trees or columns."""

import numpy as np
import tensorflow as tf

from modules.families.trees.blocks import common_bits, few_rows, in_blocks, variable
from modules.families.trees.node_tables import NodeTables

# Rows that are scored at a time: with the words of a chunk they fit into a processor's cache.
BLOCK = 2048


class NodeForest(tf.Module):
    """The sum of trees over a matrix of features, [rows, units].

    The nodes of many rows are compared step by step, those of few rows all at once: that takes fewer operations.
    """

    def __init__(self, tables: NodeTables, units: int) -> None:
        """Store the tables."""
        super().__init__()
        self._features = tables.sources[:, 0].astype(np.int32)
        self._fill = tables.sources[:, 1:].astype(np.float32)
        # The last step, which no chunk has, leaves every leaf reachable.
        last = ((0, 1), (0, 0))
        self._place = variable(np.pad(tables.place, last))
        self._threshold = variable(np.pad(tables.threshold, last))
        self._if_right = variable(np.pad(tables.if_right, last, constant_values=-1))
        self._changed = variable(np.pad(tables.if_left ^ tables.if_right, last))
        self._steps, self._starts = variable(tables.steps), variable(tables.starts)
        self._every_step = variable(_padded_steps(tables.steps))
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
        rows = tf.shape(matrix)[1]
        few = few_rows(self._words, self._every_step.shape.num_elements() * self._words)

        def chunk(number: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return number + 1, total + self._sum(number, self._reached(number, compared))

        def of_many() -> tf.Tensor:
            start = (tf.constant(0), tf.zeros([self._scores, rows], tf.float64))
            shapes = (tf.TensorShape([]), tf.TensorShape([self._scores, None]))
            count = self._starts.shape[0]
            return tf.while_loop(lambda number, _: number < count, chunk, start, shapes, parallel_iterations=1)[1]

        return tf.cond(rows <= few, lambda: self._sums_of_few(compared), of_many)

    def _sums_of_few(self, compared: tf.Tensor) -> tf.Tensor:
        """Return the sums of few rows, [units, rows]."""

        def sides(start: int, end: int) -> tf.Tensor:
            return self._sides(self._every_step[start:end], compared)

        reached = common_bits(self._every_step.shape[0], sides)
        reached = tf.bitwise.bitwise_and(reached, self._starts[:, :, None])
        places = self._leaves(reached) + (tf.range(self._starts.shape[0]) * self._values.shape[1])[:, None, None]
        values = tf.gather(tf.reshape(self._values, [-1]), places)
        units = tf.one_hot(self._units, self._scores, dtype=tf.float64)
        return tf.reduce_sum(tf.matmul(units, values, transpose_a=True), axis=0)

    def _sides(self, steps: tf.Tensor, compared: tf.Tensor) -> tf.Tensor:
        """Return the leaves that stay reachable after the nodes of some steps, [*steps, words, rows]."""
        goes_left = tf.gather(compared, tf.gather(self._place, steps)) <= tf.gather(self._threshold, steps)[..., None]
        # A selection by broadcast takes twice the time.
        changed = tf.cast(goes_left, self._starts.dtype) * tf.gather(self._changed, steps)[..., None]
        return tf.bitwise.bitwise_xor(changed, tf.gather(self._if_right, steps)[..., None])

    def _reached(self, number: tf.Tensor, compared: tf.Tensor) -> tf.Tensor:
        """Return the leaves that the rows reach in the words of a chunk, [words, rows]: one bit per tree."""

        def step(place: tf.Tensor, reached: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return place + 1, tf.bitwise.bitwise_and(reached, self._sides(place, compared))

        end = self._steps[number + 1]
        start = (self._steps[number], tf.tile(self._starts[number][:, None], [1, tf.shape(compared)[1]]))
        shapes = (tf.TensorShape([]), tf.TensorShape([self._words, None]))
        return tf.while_loop(lambda place, _: place < end, step, start, shapes, parallel_iterations=1)[1]

    def _sum(self, number: tf.Tensor, reached: tf.Tensor) -> tf.Tensor:
        """Return the sum of the values of the leaves, [units, rows]; no leaf has the value zero."""
        values = tf.gather(self._values[number], self._leaves(reached))
        return tf.matmul(tf.one_hot(self._units[number], self._scores, dtype=tf.float64), values, transpose_a=True)

    def _leaves(self, reached: tf.Tensor) -> tf.Tensor:
        """Return the place of the leaf of each word among those of its chunk, [..., words, rows]."""
        leaves = tf.cast(tf.raw_ops.PopulationCount(x=reached - 1), tf.int32)
        return leaves + (tf.range(self._words) * self._width)[:, None]


def _padded_steps(steps: np.ndarray) -> np.ndarray:
    """Return the steps of each chunk, [steps of the longest chunk, chunks]; shorter ones have the last step too."""
    counts = np.diff(steps)
    places = np.arange(counts.max())[:, None]
    return np.where(places < counts, steps[:-1] + places, steps[-1]).astype(np.int32)
