"""Trees as a graph of standard TensorFlow operations, of a size that hardly depends on the trees or columns."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from modules.families.cost import compares_nodes
from modules.families.explanation import Explanation, RawModel
from modules.families.links import Link, prediction_tensors
from modules.families.trees import booster
from modules.families.trees.columns import TreeColumns
from modules.families.trees.leaf_forest import Bins, LeafForest
from modules.families.trees.leaf_tables import edges_of, leaf_tables, word_of
from modules.families.trees.linear_fitting import Limits
from modules.families.trees.linear_leaves import LinearLeaves
from modules.families.trees.node_forest import NodeForest
from modules.families.trees.node_tables import can_compare, node_tables
from modules.families.trees.paths import paths_of
from modules.families.trees.shapley import Shapley


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


class TreesModel(tf.Module):
    """The weighted mean of boosters, from a dict of transformed columns to predictions [batch, units]."""

    def __init__(
        self,
        forests: Sequence[LeafForest | NodeForest],
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
        self._bins = self._forest.bins if isinstance(self._forest, LeafForest) else _bins_of(trees, first.columns)
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
        sums = self._forest.of_bins(bins) if isinstance(self._forest, LeafForest) else self._forest(matrix)
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


def _by_word(trained: Sequence[Boosted]) -> list[LeafForest | NodeForest]:
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
    forests: list[LeafForest | NodeForest] = []
    for kind in sorted(set(kinds)):
        places = [place for place, other in enumerate(kinds) if other == kind]
        mine, scores = [trees[place] for place in places], [units[place] for place in places]
        _, is_linear = kind
        make = _linear_forest if is_linear else _forest
        forests.append(make(mine, first.columns, scores, trained))
    return forests


def _linear_forest(
    trees: list[booster.Tree], columns: TreeColumns, units: list[int], trained: Sequence[Boosted]
) -> LeafForest:
    """Return trees with linear leaves; their nodes too see numbers within the limits."""
    every = [one.limits or (np.zeros(columns.count), np.zeros(columns.count)) for one in trained]
    trees = [booster.limited(tree, *every[unit]) for tree, unit in zip(trees, units, strict=True)]
    tables = leaf_tables(trees, columns.categories, units)
    return LeafForest(tables, len(trained), LinearLeaves(trees, tables, every))


def _forest(
    trees: list[booster.Tree], columns: TreeColumns, units: list[int], trained: Sequence[Boosted]
) -> LeafForest | NodeForest:
    """Return trees with constant leaves in the form that scores faster."""
    scores = len(trained) * trained[0].units
    bits = word_of(max(len(tree.leaves) for tree in trees))
    features = len({int(feature) for tree in trees for feature in tree.feature})
    nodes = sum(len(tree.feature) for tree in trees)
    if compares_nodes(len(trees), bits, features, nodes) and can_compare(trees):
        return NodeForest(node_tables(trees, units), scores)
    return LeafForest(leaf_tables(trees, columns.categories, units), scores)


def _trees_of(trained: Sequence[Boosted]) -> tuple[list[booster.Tree], list[int]]:
    """Return the trees of all boosters, and the unit of each: each booster has units of its own."""
    trees, units = [], []
    for number, one in enumerate(trained):
        parsed = booster.read(one.booster.model_to_string())
        trees += parsed
        units += [number * one.units + place % one.units for place in range(len(parsed))]
    return trees, units
