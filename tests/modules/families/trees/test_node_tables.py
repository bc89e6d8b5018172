"""Trees as tables of nodes: the leaf that is left is the one that LightGBM's conditions lead to."""

import numpy as np
import pytest

from modules.families.trees.booster import Tree, splits_left
from modules.families.trees.node_tables import can_compare, node_tables

# LightGBM's bits: missing goes left, and what is missing: nothing (0), zero (4), NaN (8).
LEFT, NEVER, ZERO, NAN = 2, 0, 4, 8


def tree(decisions, thresholds=(0.5, -1.0, 2.0), leaves=(1.0, 2.0, 3.0, 4.0)):
    """Return a tree of three nodes: the root splits the first column, both children the second one."""
    return Tree(
        feature=np.array([0, 1, 1]),
        threshold=np.array(thresholds),
        decision=np.array(decisions),
        left=np.array([1, ~0, ~1]),
        right=np.array([2, ~2, ~3]),
        leaves=np.array(leaves),
        sets=np.zeros(0, np.int64),
        bounds=np.zeros(0, np.int64),
    )


def walked(one, row):
    node = 0
    while node >= 0:
        value = np.array([row[one.feature[node]]])
        goes_left = splits_left(value, one.threshold[node : node + 1], one.decision[node : node + 1])[0, 0]
        node = int((one.left if goes_left else one.right)[node])
    return one.leaves[~node]


def compared(tables, row):
    """Return the sum of the values of the leaves, as the graph computes it, with Python's integers."""
    values = [fill if np.isnan(row[int(feature)]) else row[int(feature)] for feature, fill in tables.sources]
    total = 0.0
    for chunk in range(len(tables.starts)):
        reached = tables.starts[chunk].copy()
        for step in range(tables.steps[chunk], tables.steps[chunk + 1]):
            for word, place in enumerate(tables.place[step]):
                is_left = values[place] <= tables.threshold[step, word]
                reached[word] &= (tables.if_left if is_left else tables.if_right)[step, word]
        for word, bits in enumerate(reached.tolist()):
            assert bits == 0 or bits & (bits - 1) == 0
            total += tables.values[chunk, word, -1 if bits == 0 else bits.bit_length() - 1]
    return total


@pytest.mark.parametrize("size", [1, 2, 256])
def test_one_leaf_of_each_tree_is_left(monkeypatch, size):
    monkeypatch.setattr("modules.families.trees.node_tables.CHUNK", size)
    trees = [tree([NAN, NAN | LEFT, NEVER]), tree([NAN | LEFT, NEVER, NAN], thresholds=(0.1, 0.2, 0.3))]
    trees.append(Tree(*[np.zeros(0, np.int64)] * 5, np.array([7.0]), *[np.zeros(0, np.int64)] * 2))
    assert can_compare(trees)
    tables = node_tables(trees, [0, 1, 0])
    assert sorted(tables.units.ravel().tolist())[-3:] == [0, 0, 1]
    values = [-5.0, -1.0, 0.0, 0.1, 0.25, 0.5, 2.0, 9.0, np.inf, -np.inf, np.nan]
    for first in values:
        for second in values:
            row = np.array([first, second], np.float32).astype(np.float64)
            expected = walked(trees[0], row) + walked(trees[1], row) + 7.0
            assert compared(tables, row) == expected, row


def test_sets_of_categories_and_missing_zeros_are_not_compared():
    assert not can_compare([tree([NAN, NAN, 1])])
    assert not can_compare([tree([NAN, ZERO, NAN])])
