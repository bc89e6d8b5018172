"""Exact Shapley values of trees as a graph of standard TensorFlow operations: path-dependent TreeSHAP.

The game of a leaf, whose path has conditions on `d` features: a set S of known features has the value
v * prod over S of o * prod over the others of z, where v is the leaf's value, o is 1 if the row satisfies the condition
and 0 otherwise, and z is the condition's share of the training rows. By the multilinear extension of the game, in which
each feature is known with probability t, the Shapley value of feature i is

    v * (o_i - z_i) * integral from 0 to 1 of prod over j != i of (z_j + t * (o_j - z_j)) dt.

The integrand is a polynomial of degree d - 1, which Gauss-Legendre quadrature with ceil(d / 2) nodes integrates
exactly. So there is no approximation, every factor is between 0 and 1, and all leaves are computed together.

Methods: Lundberg and others: From Local Explanations to Global Understanding with Explainable AI for Trees, Nature
Machine Intelligence, 2020 (the game); Owen: Multilinear Extensions of Games, Management Science, 1972 (the integral);
Yu, Xu, Bifet, Read: Linear TreeShap, NeurIPS 2022 (leaves as polynomials).
"""

import numpy as np
import tensorflow as tf

from modules.families.trees.blocks import in_blocks, variable
from modules.families.trees.paths import Paths

# Rows that are explained at a time, fewer if there are many conditions; and conditions of paths times rows in a step.
MAX_ROWS, BLOCK_VALUES, STEP_VALUES = 256, 2**22, 2**14
_LAST_BIT = 31


class Shapley(tf.Module):
    """The contributions of the columns to the score of a forest, [rows, columns, units]."""

    def __init__(self, paths: Paths, order: list[int], columns: list[int], width: int) -> None:
        """Store the tables.

        Args:
            paths: The paths of the trees.
            order: The features that `leaf_forest.Bins` bins, in their order.
            columns: The column of each feature; the contributions of a column's features are summed.
            width: The number of columns.
        """
        super().__init__()
        self.base = variable(paths.base)
        self._columns, self._units = width, len(paths.base)
        place = {feature: place for place, feature in enumerate(order)}
        self._place = variable(np.array([place[feature] for feature in paths.feature.tolist()], np.int32))
        self._bits, self._offset = variable(paths.bits), variable(paths.offset)
        segment = np.array(columns, np.int32)[paths.feature] * self._units + paths.unit
        self._share, self._segment = variable(paths.share), variable(segment.astype(np.int32))
        self._pairs, self._values, self._lengths = map(variable, (paths.pairs, paths.values, paths.lengths))
        longest = int(paths.lengths[-1, 0]) if len(paths.lengths) else 0
        self._nodes, self._weights = map(variable, _quadrature(-(-longest // 2)))
        # Categories are the last features.
        classes = [paths.classes[feature] for feature in order if feature in paths.classes]
        self._numbers = len(order) - len(classes)
        self._classes = variable(np.concatenate([np.zeros(0, np.int32), *classes]).astype(np.int32))
        self._starts = np.cumsum([0, *map(len, classes)])[:-1].astype(np.int32)
        widest = max(len(paths.feature), self._columns * self._units)
        self._block = int(np.clip(BLOCK_VALUES // widest, 1, MAX_ROWS))
        self._is_constant = len(paths.lengths) == 0

    def __call__(self, bins: tf.Tensor) -> tf.Tensor:
        """Return the contributions, float64 [rows, columns, units].

        Args:
            bins: The bin of each value, int32 [features that are split, rows].
        """
        shape = [self._columns, self._units]
        if self._is_constant:
            return tf.zeros([tf.shape(bins)[1], *shape], tf.float64)
        bins = self._by_class(bins)

        def contributions(block: tf.Tensor) -> tf.Tensor:
            return tf.transpose(tf.reshape(self._sums(block), [*shape, -1]), [2, 0, 1])

        return in_blocks(bins, self._block, shape, contributions)

    def _by_class(self, bins: tf.Tensor) -> tf.Tensor:
        """Return the bins with the class of each category in place of its index."""
        if not len(self._starts):
            return bins
        classes = tf.gather(self._classes, bins[self._numbers :] + self._starts[:, None])
        return tf.concat([bins[: self._numbers], classes], axis=0)

    def _sums(self, bins: tf.Tensor) -> tf.Tensor:
        """Return the contributions of a block, [columns * units, rows]: a step adds some paths of one length."""
        rows, segments = tf.shape(bins)[1], self._columns * self._units
        satisfied = self._satisfied(bins)
        groups = self._lengths.shape[0]

        def step(group: tf.Tensor, path: tf.Tensor, sums: tf.Tensor) -> tuple[tf.Tensor, ...]:
            length, first, end, pair = tf.unstack(self._lengths[group])
            last = tf.minimum(path + tf.maximum(STEP_VALUES // (length * tf.maximum(rows, 1)), 1), end)
            pairs = self._pairs[pair + (path - first) * length : pair + (last - first) * length]
            pairs = tf.reshape(tf.transpose(tf.reshape(pairs, [-1, length])), [-1])
            values = self._of_paths(length, pairs, self._values[path:last], satisfied)
            sums += tf.math.unsorted_segment_sum(values, tf.gather(self._segment, pairs), segments)
            return tf.where(last < end, group, group + 1), last, sums

        start = (tf.constant(0), tf.constant(0), tf.zeros([segments, rows], tf.float64))
        shapes = (tf.TensorShape([]), tf.TensorShape([]), tf.TensorShape([segments, None]))
        return tf.while_loop(lambda group, *_: group < groups, step, start, shapes, parallel_iterations=1)[2]

    def _satisfied(self, bins: tf.Tensor) -> tf.Tensor:
        """Return which conditions the rows satisfy: 0 or 1, int8 [conditions, rows]."""
        bins = tf.gather(bins, self._place)
        words = tf.gather(self._bits, self._offset[:, None] + tf.bitwise.right_shift(bins, 5))
        bits = tf.bitwise.right_shift(words, tf.bitwise.bitwise_and(bins, _LAST_BIT))
        return tf.cast(tf.bitwise.bitwise_and(bits, 1), tf.int8)

    def _of_paths(self, length: tf.Tensor, pairs: tf.Tensor, leaves: tf.Tensor, satisfied: tf.Tensor) -> tf.Tensor:
        """Return the contributions of the conditions of some paths of one length, [length * paths, rows].

        Args:
            length: The number of conditions of a path.
            pairs: The first condition of each path, then the second one of each, and so on.
            leaves: The value of the leaf of each path.
            satisfied: Which conditions the rows satisfy.
        """
        ones, shares = tf.cast(tf.gather(satisfied, pairs), tf.float64), tf.gather(self._share, pairs)
        shape = [length, tf.shape(leaves)[0], tf.shape(satisfied)[1]]
        shares = tf.reshape(shares, [length, -1, 1])
        differences = tf.reshape(ones, shape) - shares
        count = (length + 1) // 2

        def node(number: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            factors = shares + self._nodes[count - 1, number] * differences
            products = tf.reduce_prod(factors, axis=0) * (self._weights[count - 1, number] * leaves)[:, None]
            return number + 1, total + products / factors

        start = (tf.constant(0), tf.zeros(shape, tf.float64))
        shapes = (tf.TensorShape([]), tf.TensorShape([None, None, None]))
        _, total = tf.while_loop(lambda number, _: number < count, node, start, shapes, parallel_iterations=1)
        return tf.reshape(differences * total, [-1, shape[2]])


def _quadrature(most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the nodes and the weights of Gauss-Legendre quadrature on [0, 1] with 1 to `most` nodes, a row each."""
    nodes, weights = np.zeros((most, most)), np.zeros((most, most))
    for count in range(1, most + 1):
        places, sizes = np.polynomial.legendre.leggauss(count)
        nodes[count - 1, :count], weights[count - 1, :count] = (places + 1) / 2, sizes / 2
    return nodes, weights
