"""The paths of trees as tables, for exact Shapley values: see `shapley`.

A leaf contributes to a row's score only by its path. If a path splits a feature several times, its conditions on that
feature are one: a set of bins, and the share of the training rows that satisfy it. This merged condition depends only
on the last edge of the path that splits the feature, so that a tree has as many conditions as edges, and its leaves
share them.

Method: Mitchell, Frank, Holmes: GPUTreeShap: Massively Parallel Exact Calculation of SHAP Scores for Tree Ensembles,
PeerJ Computer Science, 2022 (paths with merged conditions); of the values: see `shapley`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from modules.families.trees.booster import Tree, splits_left
from modules.families.trees.leaf_tables import distinct, edges_of

_WORD = 32


@dataclass(frozen=True)
class Paths:
    """The paths of a forest; paths of one length are next to each other.

    Attributes:
        base: The mean score of the training rows that each tree was fitted on, summed by unit, [units].
        bits: The bins that satisfy a condition, one bit each, in words of 32 bits; conditions of equal sets share them.
        feature: The feature of each condition.
        offset: The first word of each condition in `bits`.
        share: The share of the training rows that satisfy each condition, among those that reach it.
        unit: The score that each condition's tree adds to.
        pairs: The conditions of each path, one path after the other.
        values: The value of the leaf of each path.
        lengths: The length of the paths of each group of equal lengths, rising; its first path, the end of its paths,
            and its first pair; [groups, 4].
        classes: For each feature that is a category, the class of each index: indices of one class satisfy the same
            conditions; the last one is for an index that is out of range.
    """

    base: np.ndarray
    bits: np.ndarray
    feature: np.ndarray
    offset: np.ndarray
    share: np.ndarray
    unit: np.ndarray
    pairs: np.ndarray
    values: np.ndarray
    lengths: np.ndarray
    classes: dict[int, np.ndarray]


@dataclass
class _Conditions:
    feature: list[int] = field(default_factory=list)
    bins: list[int] = field(default_factory=list)
    share: list[float] = field(default_factory=list)
    unit: list[int] = field(default_factory=list)


def paths_of(
    trees: Sequence[Tree], sizes: Mapping[int, int], units: tuple[Sequence[int], int], weights: Sequence[float]
) -> Paths:
    """Return the paths of a forest.

    Args:
        trees: The trees, at least one.
        sizes: The number of indices of each feature that is a category.
        units: The score that each tree adds to, and the number of scores.
        weights: The factor of each tree's leaves.
    """
    numbers = edges_of(list(trees))
    splits, classes, bins = _splits(trees, numbers, sizes)
    conditions = _Conditions()
    by_length: dict[int, list[tuple[list[int], float]]] = {}
    base = np.zeros(units[1])
    for number, (tree, unit, weight) in enumerate(zip(trees, units[0], weights, strict=True)):
        base[unit] += weight * mean_of(tree)
        found = _add_conditions(conditions, tree, splits[number], unit, bins)
        for path, value in zip(found, tree.leaves.tolist(), strict=True):
            if path:
                by_length.setdefault(len(path), []).append((path, weight * value))
    offset, bits = _packed(conditions, bins)
    ordered = sorted(by_length.items())
    return Paths(
        base=base,
        bits=bits,
        feature=np.array(conditions.feature, np.int32),
        offset=offset,
        share=np.array(conditions.share, np.float64),
        unit=np.array(conditions.unit, np.int32),
        pairs=np.array([each for _, paths in ordered for path, _ in paths for each in path], np.int32),
        values=np.array([value for _, paths in ordered for _, value in paths], np.float64),
        lengths=_lengths([(length, len(paths)) for length, paths in ordered]),
        classes=classes,
    )


def mean_of(tree: Tree) -> float:
    """Return the mean of a tree's leaves over the training rows in them."""
    if len(tree.leaves) == 1:
        return float(tree.leaves[0])
    rows = tree.rows[len(tree.feature) :]
    return float(tree.leaves @ rows / rows.sum())


def _lengths(counts: list[tuple[int, int]]) -> np.ndarray:
    rows, path, pair = [], 0, 0
    for length, paths in counts:
        rows.append((length, path, path + paths, pair))
        path, pair = path + paths, pair + length * paths
    return np.array(rows, np.int32).reshape(-1, 4)


def _splits(
    trees: Sequence[Tree], numbers: Mapping[int, np.ndarray], sizes: Mapping[int, int]
) -> tuple[list[list[int]], dict[int, np.ndarray], dict[int, int]]:
    """Return the bins that go left at each node of each tree, as bits; the classes; the number of bins by feature."""
    splits = [[0] * len(tree.feature) for tree in trees]
    nodes: dict[int, list[tuple[int, int]]] = {}
    for number, tree in enumerate(trees):
        for node, feature in enumerate(tree.feature.tolist()):
            nodes.setdefault(feature, []).append((number, node))
    classes, bins = {}, {}
    for feature, at in nodes.items():
        if feature in numbers:
            goes_left = _left_numbers([(trees[each], node) for each, node in at], numbers[feature])
        else:
            every = _left_categories([(trees[each], node) for each, node in at], sizes[feature])
            goes_left, classes[feature] = distinct(every)
        bins[feature] = len(goes_left)
        for (number, node), column in zip(at, np.packbits(goes_left, axis=0, bitorder="little").T, strict=True):
            splits[number][node] = int.from_bytes(column.tobytes(), "little")
    return splits, classes, bins


def _left_numbers(nodes: list[tuple[Tree, int]], edges: np.ndarray) -> np.ndarray:
    """Return whether each bin goes left, [bins, nodes]: up to each edge, above all of them, and missing."""
    bins = np.concatenate([edges.astype(np.float64), [np.inf, np.nan]])
    threshold = np.array([tree.threshold[node] for tree, node in nodes])
    return splits_left(bins, threshold, np.array([tree.decision[node] for tree, node in nodes]))


def _left_categories(nodes: list[tuple[Tree, int]], size: int) -> np.ndarray:
    """Return whether each index goes left, [indices and one out of range, nodes]."""
    goes_left: np.ndarray = np.zeros((size + 1, len(nodes)), bool)
    for place, (tree, node) in enumerate(nodes):
        categories = tree.categories(node)
        goes_left[categories[categories < size], place] = True
    return goes_left


def _add_conditions(
    conditions: _Conditions, tree: Tree, splits: list[int], unit: int, bins: Mapping[int, int]
) -> list[list[int]]:
    """Add the condition of each edge of a tree, and return those of the path to each leaf."""
    paths: list[list[int]] = [[] for _ in tree.leaves]
    inner = len(tree.feature)
    rows, features = tree.rows.tolist(), tree.feature.tolist()
    children = list(zip(tree.left.tolist(), tree.right.tolist(), strict=True))
    # For each node, the condition on each feature that its path splits. A child has a greater number than its parent.
    above: list[dict[int, int]] = [{} for _ in range(inner)]
    for node in range(inner):
        feature, left = features[node], splits[node]
        known = above[node]
        before = known.get(feature)
        every = (1 << bins[feature]) - 1
        for child, side in zip(children[node], (left, every & ~left), strict=True):
            reached = rows[child] if child >= 0 else rows[inner + ~child]
            conditions.feature.append(feature)
            conditions.unit.append(unit)
            conditions.bins.append(side if before is None else side & conditions.bins[before])
            conditions.share.append(reached / rows[node] * (1.0 if before is None else conditions.share[before]))
            path = {**known, feature: len(conditions.feature) - 1}
            if child >= 0:
                above[child] = path
            else:
                paths[~child] = list(path.values())
    return paths


def _packed(conditions: _Conditions, bins: Mapping[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the first word of each condition, and the words."""
    known: dict[tuple[int, int], int] = {}
    parts, size, offsets = [], 0, []
    for feature, satisfied in zip(conditions.feature, conditions.bins, strict=True):
        words = -(-bins[feature] // _WORD)
        if (words, satisfied) not in known:
            known[words, satisfied] = size
            parts.append(satisfied.to_bytes(words * 4, "little"))
            size += words
        offsets.append(known[words, satisfied])
    return np.array(offsets, np.int32), np.frombuffer(b"".join(parts), "<i4").astype(np.int32)
