"""Trees as a graph that looks up which leaves a row can reach: see `leaf_tables`."""

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from modules.families.trees.blocks import common_bits, few_rows, in_blocks, variable
from modules.families.trees.leaf_tables import LeafTables
from modules.families.trees.linear_leaves import LinearLeaves

# The values of an intermediate result, of as many rows as are scored at a time: they fit into a processor's cache. More
# rows take fewer operations, each of which takes some microseconds however few its rows are.
BLOCK_VALUES, LEAST_BLOCK, LARGEST_BLOCK = 2**20, 1024, 4096
# The bits of the numbers in which smaller ones are packed.
_PACKED = 32


class Bins(tf.Module):
    """The bin of each value: of a number by the thresholds of all trees, of a category its index."""

    def __init__(self, edges: Mapping[int, np.ndarray], sizes: Mapping[int, int]) -> None:
        """Take the thresholds of each number, and the number of indices of each category, of those that are split."""
        super().__init__()
        widest = max(map(len, edges.values()), default=0)
        padded: np.ndarray = np.full((len(edges), widest), np.inf, np.float32)
        for place, column in enumerate(edges.values()):
            padded[place, : len(column)] = column
        self._numbers, self._categories = list(edges), list(sizes)
        self._edges = variable(padded)
        self._counts = variable(np.array([len(column) for column in edges.values()], np.int32))
        self._sizes = variable(np.array(list(sizes.values()), np.int32))

    @property
    def order(self) -> list[int]:
        """The features that a node splits, in the order of the bins."""
        return [*self._numbers, *self._categories]

    def __call__(self, matrix: tf.Tensor) -> tf.Tensor:
        """Return the bin of each value, int32 [features that are split, rows], of a matrix [features, rows]."""
        parts = []
        if self._numbers:
            values = tf.gather(matrix, self._numbers)
            missing = tf.math.is_nan(values)
            bins = tf.searchsorted(self._edges, tf.where(missing, tf.zeros_like(values), values))
            parts.append(tf.where(missing, self._counts[:, None] + 1, tf.minimum(bins, self._counts[:, None])))
        if self._categories:
            values = tf.cast(tf.gather(matrix, self._categories), tf.int32)
            sizes = self._sizes[:, None]
            parts.append(tf.where((values >= 0) & (values < sizes), values, tf.zeros_like(values) + sizes))
        return tf.concat(parts, axis=0) if parts else tf.zeros([0, tf.shape(matrix)[1]], tf.int32)


class LeafForest(tf.Module):
    """The sum of trees over a matrix of features, [rows, units]; see `leaf_tables`.

    Many rows are looked up feature by feature, few rows in all features at once: that takes fewer operations.
    """

    def __init__(self, tables: LeafTables, units: int, linear: LinearLeaves | None = None) -> None:
        """Store the tables, and the linear functions of the leaves if they have any."""
        super().__init__()
        self._linear = linear
        categories = sorted({int(feature) for feature, _ in tables.pairs} - set(tables.edges))
        self.bins = Bins(tables.edges, {feature: _bins(tables, feature) - 1 for feature in categories})
        self._word = tables.word
        self._store_pairs(tables)
        self._starts = variable(_packed(tables.starts))
        self._values = variable(tables.values.reshape(len(tables.values), -1))
        self._units = variable(tables.units)
        (self._groups, self._columns), self._scores = tables.starts.shape, units
        self._block = int(np.clip(BLOCK_VALUES // max(self._columns, 1), LEAST_BLOCK, LARGEST_BLOCK))

    def _store_pairs(self, tables: LeafTables) -> None:
        """Store the pairs of a group and a feature, [pairs of the widest group, groups].

        The other groups have pairs in addition whose line leaves every leaf reachable.
        """
        counts = np.diff(tables.groups)
        order = {feature: place for place, feature in enumerate(self.bins.order)}
        features: np.ndarray = np.zeros((counts.max(), len(counts)), np.int32)
        starts: np.ndarray = np.full(features.shape, len(tables.lookups), np.int32)
        for group, count in enumerate(counts):
            mine = tables.pairs[tables.groups[group] : tables.groups[group + 1]]
            features[:count, group] = [order[int(feature)] for feature, _ in mine]
            starts[:count, group] = mine[:, 1]
        table, lookups = tables.table, tables.lookups
        if counts.min() < counts.max():
            every = np.full(_bins(tables, self.bins.order[0]), len(table), np.int32)
            table = np.pad(table, ((0, 1), (0, 0)), constant_values=-1)
            lookups = np.concatenate([lookups, every])
        self._features, self._firsts, self._counts = variable(features), variable(starts), variable(counts)
        self._table, self._lookups = variable(_packed(table)), variable(lookups)

    def __call__(self, matrix: tf.Tensor) -> tf.Tensor:
        """Return the sums [rows, units], float64.

        Args:
            matrix: float32 [features, rows], NaN where missing; categories are numbers too.
        """
        return in_blocks(matrix, self._block, [self._scores], lambda block: self._sums(self.bins(block), block))

    def of_bins(self, bins: tf.Tensor) -> tf.Tensor:
        """Return the sums [rows, units], float64, of what `bins` returns for a matrix.

        Raises:
            ValueError: A leaf is a linear function, which needs the matrix.
        """
        if self._linear is not None:
            raise ValueError("linear leaves need the values of the matrix")
        return in_blocks(bins, self._block, [self._scores], lambda block: self._sums(block, None))

    def _sums(self, bins: tf.Tensor, matrix: tf.Tensor | None) -> tf.Tensor:
        leaf_sum = self._plain_sum if self._linear is None else self._linear.leaf_sum(matrix)
        rows = tf.shape(bins)[1]
        width = self._table.shape[1]
        few = few_rows(width, self._features.shape.num_elements() * width)

        def of_group(number: tf.Tensor) -> tf.Tensor:
            return leaf_sum(number, self._leaves(self._reached(number, bins, rows)))

        def of_few() -> tf.Tensor:
            leaves = self._leaves(self._all_reached(bins, rows))
            if self._linear is None:
                return self._all_plain_sums(leaves)
            return self._over_groups(rows, lambda number: leaf_sum(number, leaves[number]))

        return tf.cond(rows <= few, of_few, lambda: self._over_groups(rows, of_group))

    def _over_groups(self, rows: tf.Tensor, of_group: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
        """Return the total of what is computed of each group, [rows, units]."""
        start = (tf.constant(0), tf.zeros([rows, self._scores], tf.float64))
        shapes = (tf.TensorShape([]), tf.TensorShape([None, self._scores]))

        def group(number: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return number + 1, total + of_group(number)

        return tf.while_loop(lambda number, _: number < self._groups, group, start, shapes, parallel_iterations=1)[1]

    def _reached(self, number: tf.Tensor, bins: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        """Return the leaves that the rows reach in a group of trees, [rows, columns]: one bit per tree."""
        features, firsts = self._features[:, number], self._firsts[:, number]
        lines = tf.gather(self._lookups, firsts[:, None] + tf.gather(bins, features))

        def pair(place: tf.Tensor, reached: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return place + 1, tf.bitwise.bitwise_and(reached, tf.gather(self._table, lines[place]))

        end = self._counts[number]
        start = (tf.constant(0), tf.tile(self._starts[number][None, :], [rows, 1]))
        shapes = (tf.TensorShape([]), tf.TensorShape([None, self._table.shape[1]]))
        _, reached = tf.while_loop(lambda place, _: place < end, pair, start, shapes, parallel_iterations=1)
        return self._unpacked(reached)

    def _all_reached(self, bins: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        """Return the leaves that the rows reach in all groups, [groups, rows, columns]."""
        reached = tf.tile(self._starts[:, None, :], [1, rows, 1])
        if self._features.shape[0]:
            lines = tf.gather(self._lookups, self._firsts[:, :, None] + tf.gather(bins, self._features))
            left = common_bits(lines.shape[0], lambda start, end: tf.gather(self._table, lines[start:end]))
            reached = tf.bitwise.bitwise_and(reached, left)
        return self._unpacked(reached)

    def _unpacked(self, reached: tf.Tensor) -> tf.Tensor:
        """Return words of the tables' size [..., columns].

        Several columns of 8 or 16 bits are packed into one of 32, on which operations are as fast.
        """
        if self._word >= _PACKED:
            return reached
        columns = self._table.shape[1] * _PACKED // self._word
        shape = tf.concat([tf.shape(reached)[:-1], [columns]], axis=0)
        return tf.reshape(tf.bitcast(reached, f"int{self._word}"), shape)[..., : self._columns]

    def _leaves(self, reached: tf.Tensor) -> tf.Tensor:
        """Return the place of the leaf of each word among those of its group, [..., columns]."""
        leaves = tf.cast(tf.raw_ops.PopulationCount(x=reached - 1), tf.int32)
        return leaves + tf.range(self._columns) * (self._word + 1)

    def _plain_sum(self, number: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
        """Return the sums of the values of the leaves of a group, [rows, units]; no leaf has the value zero."""
        values = tf.gather(self._values[number], places)
        return tf.matmul(values, tf.one_hot(self._units[number], self._scores, dtype=tf.float64))

    def _all_plain_sums(self, places: tf.Tensor) -> tf.Tensor:
        """Return the sums of the values of the leaves of all groups, [rows, units]."""
        firsts = tf.range(self._groups) * self._values.shape[1]
        values = tf.gather(tf.reshape(self._values, [-1]), places + firsts[:, None, None])
        sums = tf.matmul(values, tf.one_hot(self._units, self._scores, dtype=tf.float64))
        return tf.reduce_sum(sums, axis=0)


def _packed(table: np.ndarray) -> np.ndarray:
    """Return a table of 8 or 16 bits as one of 32 bits, in which each number has several columns."""
    word = table.dtype.itemsize * 8
    if word >= _PACKED:
        return table
    more = -table.shape[1] % (_PACKED // word)
    return np.ascontiguousarray(np.pad(table, ((0, 0), (0, more)))).view(f"int{_PACKED}")


def _bins(tables: LeafTables, feature: int) -> int:
    """Return the number of bins of a feature."""
    pairs = tables.pairs.tolist()
    place = next(place for place, (other, _) in enumerate(pairs) if other == feature)
    end = pairs[place + 1][1] if place + 1 < len(pairs) else len(tables.lookups)
    return end - pairs[place][1]
