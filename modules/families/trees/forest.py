"""Trees as a graph of standard TensorFlow operations, of a size that does not depend on the trees or columns."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from modules.families.cost import compares_nodes
from modules.families.explanation import Explanation, RawModel
from modules.families.links import Link, prediction_tensors
from modules.families.trees import booster
from modules.families.trees.blocks import in_blocks, variable
from modules.families.trees.columns import TreeColumns
from modules.families.trees.leaf_tables import LeafTables, edges_of, leaf_tables, word_of
from modules.families.trees.linear_fitting import Limits
from modules.families.trees.linear_leaves import LeafSum, LinearLeaves
from modules.families.trees.node_forest import NodeForest
from modules.families.trees.node_tables import can_compare, node_tables
from modules.families.trees.paths import paths_of
from modules.families.trees.shapley import Shapley

# The values of an intermediate result, of as many rows as are scored at a time: they fit into a processor's cache. More
# rows take fewer operations, each of which takes some microseconds however few its rows are.
BLOCK_VALUES, LEAST_BLOCK, LARGEST_BLOCK = 2**20, 1024, 4096
# The bits of the numbers in which smaller ones are packed.
_PACKED = 32


class Boosted(Protocol):
    """The part of `training.Trained` that is used here; a protocol, because `training` imports this file."""

    @property
    def booster(self) -> Any:
        """LightGBM's model."""

    @property
    def columns(self) -> TreeColumns:
        """The columns that it was fitted on."""

    @property
    def units(self) -> int:
        """Trees per round."""

    @property
    def link(self) -> Link:
        """The link of the scores."""

    @property
    def offsets(self) -> np.ndarray | None:
        """What is added to the scores."""

    @property
    def explained(self) -> bool:
        """Whether the exported model explains its scores."""

    @property
    def limits(self) -> Limits | None:
        """The limits of each feature if leaves are linear, see `linear_fitting`; else None."""


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


class Forest(tf.Module):
    """The sum of trees over a matrix of features, [rows, units]; see `leaf_tables`."""

    def __init__(self, tables: LeafTables, units: int, linear: LinearLeaves | None = None) -> None:
        """Store the tables, and the linear functions of the leaves if they have any."""
        super().__init__()
        self._linear = linear
        categories = sorted({int(feature) for feature, _ in tables.pairs} - set(tables.edges))
        self.bins = Bins(tables.edges, {feature: _bins(tables, feature) - 1 for feature in categories})
        order = {feature: place for place, feature in enumerate(self.bins.order)}
        self._word = tables.word
        self._pairs = variable(np.array([(order[int(f)], start) for f, start in tables.pairs], np.int32).reshape(-1, 2))
        self._groups = variable(tables.groups)
        self._table, self._lookups = variable(_packed(tables.table)), variable(tables.lookups)
        self._starts = variable(_packed(tables.starts))
        self._values = variable(tables.values.reshape(len(tables.values), -1))
        self._units = variable(tables.units)
        self._columns, self._scores = tables.starts.shape[1], units
        self._block = int(np.clip(BLOCK_VALUES // max(self._columns, 1), LEAST_BLOCK, LARGEST_BLOCK))

    def __call__(self, matrix: tf.Tensor) -> tf.Tensor:
        """Return the sums [rows, units], float64.

        Args:
            matrix: float32 [features, rows], NaN where missing; categories are numbers too.
        """
        linear = self._linear

        def sums(block: tf.Tensor) -> tf.Tensor:
            return self._sums(self.bins(block), self._plain_sum if linear is None else linear.leaf_sum(block))

        return in_blocks(matrix, self._block, [self._scores], sums)

    def of_bins(self, bins: tf.Tensor) -> tf.Tensor:
        """Return the sums [rows, units], float64, of what `bins` returns for a matrix.

        Raises:
            ValueError: A leaf is a linear function, which needs the matrix.
        """
        if self._linear is not None:
            raise ValueError("linear leaves need the values of the matrix")
        return in_blocks(bins, self._block, [self._scores], lambda block: self._sums(block, self._plain_sum))

    def _sums(self, bins: tf.Tensor, leaf_sum: LeafSum) -> tf.Tensor:
        rows = tf.shape(bins)[1]

        def group(number: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return number + 1, total + leaf_sum(number, self._leaves(self._reached(number, bins, rows)))

        start = (tf.constant(0), tf.zeros([rows, self._scores], tf.float64))
        shapes = (tf.TensorShape([]), tf.TensorShape([None, self._scores]))
        count = self._groups.shape[0] - 1
        _, total = tf.while_loop(lambda number, _: number < count, group, start, shapes, parallel_iterations=1)
        return total

    def _reached(self, number: tf.Tensor, bins: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        """Return the leaves that the rows reach in a group of trees, [rows, columns]: one bit per tree.

        Several columns of 8 or 16 bits are packed into one of 32, on which operations are as fast.
        """

        def pair(place: tf.Tensor, reached: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            feature, start = self._pairs[place, 0], self._pairs[place, 1]
            lines = tf.gather(self._lookups, start + tf.gather(bins, feature))
            return place + 1, tf.bitwise.bitwise_and(reached, tf.gather(self._table, lines))

        end = self._groups[number + 1]
        start = (self._groups[number], tf.tile(self._starts[number][None, :], [rows, 1]))
        shapes = (tf.TensorShape([]), tf.TensorShape([None, self._table.shape[1]]))
        _, reached = tf.while_loop(lambda place, _: place < end, pair, start, shapes, parallel_iterations=1)
        if self._word >= _PACKED:
            return reached
        columns = tf.reshape(
            tf.bitcast(reached, f"int{self._word}"), [rows, self._table.shape[1] * _PACKED // self._word]
        )
        return columns[:, : self._columns]

    def _leaves(self, reached: tf.Tensor) -> tf.Tensor:
        """Return the place of the leaf of each word among those of its group, [rows, columns]."""
        leaves = tf.cast(tf.raw_ops.PopulationCount(x=reached - 1), tf.int32)
        return leaves + tf.range(self._columns) * (self._word + 1)

    def _plain_sum(self, number: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
        """Return the sums of the values of the leaves of a group, [rows, units]; no leaf has the value zero."""
        values = tf.gather(self._values[number], places)
        return tf.matmul(values, tf.one_hot(self._units[number], self._scores, dtype=tf.float64))


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


class TreesModel(tf.Module):
    """The weighted mean of boosters, from a dict of transformed columns to predictions [batch, units]."""

    def __init__(
        self,
        forests: Sequence[Forest | NodeForest],
        columns: TreeColumns,
        link: Link,
        *,
        weights: list[float],
        offsets: np.ndarray,
    ) -> None:
        """Take the trees, their features, the link, and of each booster its weight and what is added to its scores."""
        super().__init__()
        self._forests, self._features = forests, columns
        self._link, self._offsets = link, tf.constant(offsets, tf.float64)
        self._weights = tf.constant(weights, tf.float64)[None, :, None]

    def __call__(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the predictions, float32."""
        matrix = self._features.tensor(rows)
        sums = tf.add_n([forest(matrix) for forest in self._forests])
        count = self._weights.shape[1]
        scores = tf.reshape(sums, [-1, count, sums.shape[1] // count]) + self._offsets
        return tf.cast(tf.reduce_sum(self._weights * prediction_tensors(self._link, scores), axis=1), tf.float32)


class ExplainedTrees(RawModel):
    """The weighted mean of the raw scores of boosters, then the link; the contributions are exact Shapley values."""

    def __init__(self, trained: Sequence[Boosted], weights: Sequence[float]) -> None:
        """Take boosters over the same columns, and their weights, the sum of which is one."""
        first = trained[0]
        super().__init__(first.link)
        trees, units = _trees_of(trained)
        owners, shared = [unit // first.units for unit in units], [unit % first.units for unit in units]
        self._forest = _forest(trees, first.columns, units, trained)
        # Trees that are scored by leaf tables are binned once for their scores and their contributions.
        self._bins = self._forest.bins if isinstance(self._forest, Forest) else _bins_of(trees, first.columns)
        self._features, self._units = first.columns, first.units
        self._weights = tf.constant(list(weights), tf.float64)[None, :, None]
        offsets = np.stack([np.zeros(first.units) if one.offsets is None else one.offsets for one in trained])
        self._offset = tf.constant(np.asarray(weights) @ offsets, tf.float64)
        factors = [weights[owner] for owner in owners]
        paths = paths_of(trees, first.columns.categories, (shared, first.units), factors)
        self._shapley = Shapley(paths, self._bins.order, first.columns.sources, first.columns.width)

    def raw_scores(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the weighted mean of the boosters' sums, float64 [batch, units]."""
        return self._mean(self._forest(self._features.tensor(rows)))

    def _mean(self, sums: tf.Tensor) -> tf.Tensor:
        own = tf.reduce_sum(self._weights * tf.reshape(sums, [-1, self._weights.shape[1], self._units]), axis=1)
        return own + self._offset

    def explained(self, rows: dict[str, tf.Tensor]) -> Explanation:
        """Return the exact Shapley values of the path-dependent game, see `shapley`."""
        matrix = self._features.tensor(rows)
        bins = self._bins(matrix)
        sums = self._forest.of_bins(bins) if isinstance(self._forest, Forest) else self._forest(matrix)
        return Explanation(self._mean(sums), self._shapley.base + self._offset, self._shapley(bins))


def _bins_of(trees: list[booster.Tree], columns: TreeColumns) -> Bins:
    split = {int(feature) for tree in trees for feature in tree.feature[tree.categorical]}
    return Bins(edges_of(trees), {feature: size for feature, size in columns.categories.items() if feature in split})


def trees_model(trained: Sequence[Boosted], weights: list[float]) -> TreesModel | ExplainedTrees:
    """Return one model of several boosters over the same columns, with the weights of an ensemble."""
    first = trained[0]
    if first.explained:
        return ExplainedTrees(trained, weights)
    forests = _by_word(trained)
    offsets = np.stack([np.zeros(1) if one.offsets is None else one.offsets for one in trained])
    return TreesModel(forests, first.columns, first.link, weights=weights, offsets=offsets)


def _by_word(trained: Sequence[Boosted]) -> list[Forest | NodeForest]:
    """Return a forest for each size of a number that boosters need, so that those of small trees have small tables.

    Trees with linear leaves have forests of their own.
    """
    first = trained[0]
    trees, units = _trees_of(trained)
    owners = [unit // first.units for unit in units]
    leaves = [0] * len(trained)
    for tree, owner in zip(trees, owners, strict=True):
        leaves[owner] = max(leaves[owner], len(tree.leaves))
    kinds = [(word_of(leaves[owner]), trained[owner].limits is not None) for owner in owners]
    forests: list[Forest | NodeForest] = []
    for kind in sorted(set(kinds)):
        places = [place for place, other in enumerate(kinds) if other == kind]
        mine, scores = [trees[place] for place in places], [units[place] for place in places]
        _, is_linear = kind
        make = _linear_forest if is_linear else _forest
        forests.append(make(mine, first.columns, scores, trained))
    return forests


def _linear_forest(
    trees: list[booster.Tree], columns: TreeColumns, units: list[int], trained: Sequence[Boosted]
) -> Forest:
    """Return trees with linear leaves; their nodes too see numbers within the limits."""
    every = [one.limits or (np.zeros(columns.count), np.zeros(columns.count)) for one in trained]
    trees = [booster.limited(tree, *every[unit]) for tree, unit in zip(trees, units, strict=True)]
    tables = leaf_tables(trees, columns.categories, units)
    return Forest(tables, len(trained), LinearLeaves(trees, tables, every))


def _forest(
    trees: list[booster.Tree], columns: TreeColumns, units: list[int], trained: Sequence[Boosted]
) -> Forest | NodeForest:
    """Return trees with constant leaves in the form that scores faster."""
    scores = len(trained) * trained[0].units
    bits = word_of(max(len(tree.leaves) for tree in trees))
    features = len({int(feature) for tree in trees for feature in tree.feature})
    nodes = sum(len(tree.feature) for tree in trees)
    if compares_nodes(len(trees), bits, features, nodes) and can_compare(trees):
        return NodeForest(node_tables(trees, units), scores)
    return Forest(leaf_tables(trees, columns.categories, units), scores)


def _trees_of(trained: Sequence[Boosted]) -> tuple[list[booster.Tree], list[int]]:
    """Return the trees of all boosters, and the unit of each: each booster has units of its own."""
    trees, units = [], []
    for number, one in enumerate(trained):
        parsed = booster.read(one.booster.model_to_string())
        trees += parsed
        units += [number * one.units + place % one.units for place in range(len(parsed))]
    return trees, units
