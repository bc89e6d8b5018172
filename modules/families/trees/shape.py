"""The cost of serving trees, estimated from their thresholds before they are exported.

The tables of `leaf_tables` have a line for each value that a node distinguishes, and the trees of all models whose
words are of one size share them. So the size of several models is less than the sum of their sizes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modules.families.cost import WORD, Cost, compared_cost, compares_nodes, forest_cost, linear_leaves_cost
from modules.families.trees.leaf_tables import is_split, lines_of_numbers, lines_of_sets, word_of

# LightGBM's bins of a feature, so at most so many thresholds.
MAX_BINS = 255
# Bytes of a node that is compared, without the leaves of both sides: a place and a threshold.
NODE_BYTES = 8
# Bytes that explanations add to a leaf.
EXPLAINED_LEAF_BYTES = 90
# Lines of a feature in addition to its thresholds: a value above all of them, and a missing one.
MORE_LINES = 2
_NEARLY_ALL = 1 - 1e-12


@dataclass(frozen=True)
class Shape:
    """What the cost of a model's trees follows from.

    Attributes:
        bits: The bits of a word of leaves.
        trees: The number of trees.
        words: The words that their leaves take.
        leaves: The number of leaves.
        nodes: The number of nodes, counted for each word of their tree.
        features: The features that are split.
        lines: The values that nodes distinguish, a code for each; see `leaf_tables`.
        uses: The number of nodes that distinguish each of them.
        has_sets: Whether nodes split sets of categories.
        explained: Whether the exported model explains its scores.
        terms: The features of linear leaves; None if leaves are constant.
    """

    bits: int
    trees: int
    words: int
    leaves: int
    nodes: int
    features: frozenset[int]
    lines: np.ndarray
    uses: np.ndarray
    has_sets: bool = False
    explained: bool = False
    terms: frozenset[int] | None = None


def shape_of(text: str, *, explained: bool = False) -> Shape:
    """Return the shape of the trees of a model's text (`Booster.model_to_string`)."""
    trees = text[: text.index("\nend of trees")]
    leaves, feature = _every(trees, "num_leaves"), _every(trees, "split_feature")
    is_set = (_every(trees, "decision_type") & 1) > 0
    bits = word_of(int(leaves.max()))
    words = -(-leaves // bits)
    threshold = np.array(_fields(trees, "threshold"), np.float64)
    lines = [lines_of_numbers(feature[~is_set], threshold[~is_set])]
    if is_set.any():
        sizes = np.concatenate([np.diff(np.array(each.split(), np.int64)) for each in _parts(trees, "cat_boundaries")])
        lines.append(lines_of_sets(feature[is_set], _every(trees, "cat_threshold"), sizes))
    codes, uses = np.unique(np.concatenate(lines), return_counts=True)
    return Shape(
        bits=bits,
        trees=len(leaves),
        words=int(words.sum()),
        leaves=int(leaves.sum()),
        nodes=int(((leaves - 1) * words).sum()),
        features=frozenset(np.unique(feature).tolist()),
        lines=codes,
        uses=uses,
        has_sets=bool(is_set.any()),
        explained=explained,
        terms=frozenset(np.unique(_every(trees, "leaf_features")).tolist()) if "\nleaf_const=" in trees else None,
    )


def _parts(text: str, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)


def _fields(text: str, name: str) -> list[str]:
    return " ".join(_parts(text, name)).split()


def _every(text: str, name: str) -> np.ndarray:
    return np.array(_fields(text, name), np.int64)


def cost_of(models: Sequence[tuple[Shape, float]]) -> Cost:
    """Return the estimated cost of models that are exported together.

    Args:
        models: The shape of each, and how often it is fitted, each time with another seed; a part of one if its trees
            are fewer than those of the shape.
    """
    is_explained = any(shape.explained for shape, _ in models)
    widest = max(shape.bits for shape, _ in models)
    forests: dict[tuple[int, bool], list[tuple[Shape, float]]] = {}
    for shape, times in models:
        kind = widest if is_explained else shape.bits, shape.terms is not None
        forests.setdefault(kind, []).append((shape, times))
    total = sum((_cost(bits, forest) for (bits, _), forest in forests.items()), Cost())
    if not is_explained:
        return total
    leaves = sum(shape.leaves * times for shape, times in models)
    return total + Cost(0.0, leaves * EXPLAINED_LEAF_BYTES / 1e6)


def _cost(bits: int, forest: Sequence[tuple[Shape, float]]) -> Cost:
    """Return the cost of trees whose words have one size."""
    trees, words, leaves, nodes = (
        sum(getattr(shape, name) * times for shape, times in forest) for name in ("trees", "words", "leaves", "nodes")
    )
    features = len(frozenset().union(*(shape.features for shape, _ in forest)))
    linear = [shape.terms for shape, _ in forest if shape.terms is not None]
    # The leaves and one for none, each a 64-bit number; the unit and all leaves of a word.
    per_word = 8 * bits + 12 + bits / 8
    can_compare = not linear and not any(shape.has_sets for shape, _ in forest)
    if can_compare and compares_nodes(trees, bits, features, leaves - trees):
        wide = max(bits, WORD)
        per_word = 8 * wide + 12 + wide / 8
        return compared_cost(words, nodes, nodes * (NODE_BYTES + wide / 4) + words * per_word)
    table, lookups = _table_bytes(bits, forest, trees, words, features)
    found = forest_cost(words, bits, features, table + lookups + words * per_word)
    return found + linear_leaves_cost(words, bits, len(frozenset().union(*linear))) if linear else found


def _table_bytes(
    bits: int, forest: Sequence[tuple[Shape, float]], trees: float, words: float, features: int
) -> tuple[float, float]:
    """Return the size of the tables, cut into groups of trees as `leaf_tables` does, and that of their lookups."""
    codes, places = np.unique(np.concatenate([shape.lines for shape, _ in forest]), return_inverse=True)
    groups = 1
    while True:
        distinct = np.zeros(len(codes))
        uses = [np.log1p(-min(times / groups, _NEARLY_ALL)) * shape.uses for shape, times in forest]
        np.add.at(distinct, places, np.concatenate(uses))
        unseen = sum(_unseen(shape, times / groups) for shape, times in forest)
        most = max(MAX_BINS * features, len(codes))
        lines = min(float(-np.expm1(distinct).sum()) + unseen, most) + MORE_LINES * features
        size = lines * words * bits / 8
        if groups >= trees or not is_split(size, words * bits / 8 / groups):
            return size, 4.0 * (groups + 1) * (min(len(codes) + unseen, most) + MORE_LINES * features)
        groups *= 2


def _unseen(shape: Shape, times: float) -> float:
    """Return how many lines that a model lacks are expected in several fits of it.

    Method: the estimate of Chao 1 for unseen classes, and its extrapolation: Colwell and others: Models and estimators
    linking individual-based and sample-based rarefaction, extrapolation and comparison of assemblages, Journal of Plant
    Ecology, 2012.
    """
    once, twice = (int(np.count_nonzero(shape.uses == count)) for count in (1, 2))
    if times <= 1 or not once:
        return 0.0
    unseen = min(once**2 / max(2 * twice, 1), max(MAX_BINS * len(shape.features) - len(shape.lines), 1))
    return float(unseen * -np.expm1(-(times - 1) * once / unseen))
