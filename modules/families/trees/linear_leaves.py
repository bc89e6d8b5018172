"""Leaves that are linear functions of columns, as a graph.

A leaf has its plain value where a column of its terms is missing, as in LightGBM. A number outside its limits counts as
the nearest one within: see `linear_fitting`.

Method: Shi, Li, Li: Gradient Boosting with Piece-Wise Linear Regression Trees, IJCAI 2019.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from modules.families.trees.blocks import variable
from modules.families.trees.booster import Tree
from modules.families.trees.leaf_tables import LeafTables
from modules.families.trees.linear_fitting import Limits

# Returns the sums of a group [rows, units], from its number and the places of the leaves.
LeafSum = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


@dataclass(frozen=True)
class LinearTables:
    """The linear functions of leaves, at the places that the leaves have in `LeafTables`.

    Attributes:
        columns: The columns that have a coefficient.
        constants: The constant of each leaf, [groups, places].
        coefficients: The coefficients of each leaf, [groups, places, columns].
        used: The columns of a leaf's terms, one bit each, [groups, places].
    """

    columns: list[int]
    constants: np.ndarray
    coefficients: np.ndarray
    used: np.ndarray


def linear_tables(trees: Sequence[Tree], tables: LeafTables) -> LinearTables:
    """Return the linear functions of the leaves of trees.

    Args:
        trees: The trees, all with linear leaves.
        tables: The tables that were made of them.
    """
    # Trees without a split have no term.
    columns = sorted({int(column) for tree in trees for column in tree.columns}) or [0]
    groups, words = tables.starts.shape
    wide = tables.word + 1
    constants = np.zeros((groups, words * wide))
    coefficients = np.zeros((groups, words * wide, len(columns)))
    used = np.zeros((groups, words * wide), np.int64)
    order = {column: place for place, column in enumerate(columns)}
    for first in range(0, len(trees), tables.each):
        group, start = first // tables.each, 0
        for tree in trees[first : first + tables.each]:
            leaves = np.arange(len(tree.leaves))
            places = (start + leaves // tables.word) * wide + leaves % tables.word
            start += -(-len(leaves) // tables.word)
            if not tree.is_linear:  # it has no split
                constants[group, places] = tree.leaves
                continue
            constants[group, places] = tree.constants
            at = np.repeat(places, tree.terms)
            mine = np.array([order[column] for column in tree.columns.tolist()], np.int64)
            np.add.at(coefficients[group], (at, mine), tree.coefficients)
            np.bitwise_or.at(used[group], at, np.left_shift(1, mine))
    return LinearTables(columns, constants, coefficients, used)


class LinearLeaves(tf.Module):
    """The sums of linear leaves; all trees of a unit are next to each other."""

    def __init__(self, trees: Sequence[Tree], tables: LeafTables, limits: Sequence[Limits]) -> None:
        """Store the tables.

        Args:
            trees: The trees.
            tables: The tables that were made of them.
            limits: The limits of each column, for each unit.
        """
        super().__init__()
        linear = linear_tables(trees, tables)
        self._features, self._scores = linear.columns, len(limits)
        plain = tables.values.reshape(len(tables.values), -1)
        self._count = plain.shape[1]
        # At the places after those of the leaves are the plain values.
        self._constants = variable(np.concatenate([linear.constants, plain], axis=1))
        self._coefficients, self._used = variable(linear.coefficients), variable(linear.used)
        low, high = (np.array([ends[number][linear.columns] for ends in limits], np.float64) for number in (0, 1))
        self._low, self._high = variable(low), variable(high)
        self._units = variable(_following(tables))
        # The first word has no leaf at this place, so that its coefficients are zero.
        self._none = tables.word

    def leaf_sum(self, matrix: tf.Tensor) -> LeafSum:
        """Return what sums the leaves of a group over a matrix of features, float32 [features, rows]."""
        values = tf.transpose(tf.gather(matrix, self._features))
        rows = tf.shape(values)[0]
        missing = tf.math.is_nan(values)
        bits = tf.constant([1 << place for place in range(len(self._features))], tf.int64)
        lacking = tf.where(tf.reduce_any(missing, axis=1))
        lacks = tf.reduce_sum(tf.cast(tf.gather_nd(missing, lacking), tf.int64) * bits, axis=1, keepdims=True)
        known = tf.cast(tf.where(missing, tf.zeros_like(values), values), tf.float64)
        clipped = tf.maximum(tf.minimum(known[:, None, :], self._high), self._low)

        def leaf_sum(number: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
            units = self._units[number]

            def with_plain_values() -> tuple[tf.Tensor, tf.Tensor]:
                mine = tf.gather_nd(places, lacking)
                is_plain = tf.bitwise.bitwise_and(tf.gather(self._used[number], mine), lacks) > 0
                at, sloped = tf.where(is_plain, mine + self._count, mine), tf.where(is_plain, self._none, mine)
                return tuple(tf.tensor_scatter_nd_update(places, lacking, each) for each in (at, sloped))

            # Most rows lack no number.
            is_any_missing = tf.shape(lacking)[0] > 0
            at, sloped = tf.cond(is_any_missing, with_plain_values, lambda: (tf.identity(places), tf.identity(places)))
            constants = tf.gather(self._constants[number], at)
            totals = tf.matmul(constants, tf.one_hot(units, self._scores, dtype=tf.float64))
            segments = tf.range(rows)[:, None] * self._scores + units
            slopes = tf.raw_ops.SparseSegmentSumWithNumSegments(
                data=self._coefficients[number],
                indices=tf.reshape(sloped, [-1]),
                segment_ids=tf.reshape(segments, [-1]),
                num_segments=rows * self._scores,
            )
            slopes = tf.reshape(slopes, [rows, self._scores, len(self._features)])
            return totals + tf.reduce_sum(slopes * clipped, axis=2)

        return leaf_sum


def _following(tables: LeafTables) -> np.ndarray:
    """Return the units of the words, in which those that fill the last group have the last unit."""
    return np.maximum.accumulate(tables.units, axis=1)
