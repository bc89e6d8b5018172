"""The trees of a LightGBM model as arrays, parsed from LightGBM's text format."""

import math
import re
from dataclasses import dataclass, field, replace

import numpy as np

_CATEGORICAL, _DEFAULT_LEFT, _MISSING_SHIFT = 1, 2, 2
_NONE, _ZERO, _NAN = 0, 1, 2
# LightGBM's kZeroThreshold, a float32: a smaller absolute value is zero.
ZERO = float(np.float32(1e-35))
_WORD = 32


@dataclass(frozen=True)
class Tree:
    """One tree; a child is the number of a node, or `~leaf` for a leaf.

    Attributes:
        feature: The column that each node splits.
        threshold: The threshold of the column; for a categorical node the number of its set.
        decision: LightGBM's bits: categorical, missing goes left, what counts as missing.
        left: The child if the condition is true.
        right: The other child.
        leaves: The value of each leaf.
        sets: The sets of categories that go left, one after the other, in words of 32 bits.
        bounds: The start of each set in `sets`, and the end.
        rows: The number of training rows at each node, then at each leaf.
        constants: The value of each leaf without its linear terms; empty unless leaves are linear.
        terms: The number of linear terms of each leaf.
        columns: The column of each term, leaf by leaf.
        coefficients: The coefficient of each term.
    """

    feature: np.ndarray
    threshold: np.ndarray
    decision: np.ndarray
    left: np.ndarray
    right: np.ndarray
    leaves: np.ndarray
    sets: np.ndarray
    bounds: np.ndarray
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    constants: np.ndarray = field(default_factory=lambda: np.zeros(0))
    terms: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    columns: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    coefficients: np.ndarray = field(default_factory=lambda: np.zeros(0))

    @property
    def categorical(self) -> np.ndarray:
        """Whether each node splits a category."""
        return (self.decision & _CATEGORICAL) > 0

    @property
    def is_linear(self) -> bool:
        """Whether its leaves are linear functions; a leaf has its value where a column of its terms is missing."""
        return len(self.constants) > 0

    def categories(self, node: int) -> np.ndarray:
        """Return the categories that go left at a categorical node."""
        number = int(self.threshold[node])
        words: np.ndarray = self.sets[self.bounds[number] : self.bounds[number + 1]].astype("<u4")
        return np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little"))


def zero_is_missing(decision: np.ndarray) -> np.ndarray:
    """Return which nodes of numbers treat zero as missing."""
    return np.asarray(decision >> _MISSING_SHIFT == _ZERO)


def fill_of(decision: int) -> float:
    """Return the number that goes where a missing one goes, at a node of numbers to which zero is not missing."""
    if decision >> _MISSING_SHIFT == _NONE:
        return 0.0
    return -math.inf if decision & _DEFAULT_LEFT else math.inf


def splits_left(values: np.ndarray, threshold: np.ndarray, decision: np.ndarray) -> np.ndarray:
    """Return whether each value goes left at each node of numbers, [values, nodes], as in LightGBM; NaN is missing."""
    kind, unknown = decision >> _MISSING_SHIFT, np.isnan(values)[:, None]
    compared = np.where(unknown, 0.0, values[:, None])
    is_missing = np.where(zero_is_missing(decision), np.abs(compared) <= ZERO, unknown & (kind != _NONE))
    return np.where(is_missing, (decision & _DEFAULT_LEFT) > 0, compared <= threshold)


def limited(tree: Tree, low: np.ndarray, high: np.ndarray) -> Tree:
    """Return a tree that splits any number as the tree given splits the nearest one within the limits of its column.

    A node that separates missing numbers from all others has a threshold outside the limits, such as zero for a column
    of positive numbers. All that are not missing have to go to the same side there.

    Args:
        tree: A tree that was fitted to numbers within the limits.
        low: The least number of each column.
        high: The greatest one.
    """
    knows_missing = ~tree.categorical & (tree.decision >> _MISSING_SHIFT == _NAN)
    above = knows_missing & (tree.threshold >= high[tree.feature])
    below = knows_missing & (tree.threshold < low[tree.feature])
    # No threshold is below minus infinity, so the sides are exchanged.
    return replace(
        tree,
        threshold=np.where(above | below, np.inf, tree.threshold),
        decision=np.where(below, tree.decision ^ _DEFAULT_LEFT, tree.decision),
        left=np.where(below, tree.right, tree.left),
        right=np.where(below, tree.left, tree.right),
    )


def read(text: str) -> list[Tree]:
    """Return the trees of a model's text (`Booster.model_to_string`)."""
    trees = text[text.index("\nTree=") : text.index("\nend of trees")]
    return [_tree(part) for part in re.split(r"\nTree=\d+\n", trees)[1:]]


def _tree(text: str) -> Tree:
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def array(name: str, kind: type) -> np.ndarray:
        return np.array(fields.get(name, "").split(), kind)

    return Tree(
        feature=array("split_feature", np.int64),
        threshold=array("threshold", np.float64),
        decision=array("decision_type", np.int64),
        left=array("left_child", np.int64),
        right=array("right_child", np.int64),
        leaves=array("leaf_value", np.float64),
        sets=array("cat_threshold", np.int64),
        bounds=array("cat_boundaries", np.int64),
        rows=np.concatenate([array("internal_count", np.int64), array("leaf_count", np.int64)]),
        constants=array("leaf_const", np.float64),
        terms=array("num_features", np.int64),
        columns=array("leaf_features", np.int64),
        coefficients=array("leaf_coeff", np.float64),
    )
