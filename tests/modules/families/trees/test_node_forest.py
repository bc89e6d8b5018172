"""The graph that compares nodes, on trees of which each row's sum is known; see also `test_forest`."""

import numpy as np
import pytest

from modules.families.trees.node_tables import node_tables
from tests.modules.families.trees.test_node_tables import LEFT, NAN, NEVER, tree, walked

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("rows", [0, 1, 511, 1025])
def test_sums_by_unit_are_those_of_walking_down_each_tree(rows, monkeypatch):
    import tensorflow as tf

    from modules.families.trees.node_forest import NodeForest

    monkeypatch.setattr("modules.families.trees.node_tables.CHUNK", 2)
    trees = [tree([NAN, NAN | LEFT, NEVER]), tree([NAN | LEFT, NEVER, NAN], thresholds=(0.1, 0.2, 0.3))] * 2
    matrix = np.random.default_rng(1).normal(size=(rows, 2)).astype(np.float32)
    matrix[::7, 0] = np.nan
    matrix[::5, 1] = np.nan
    found = NodeForest(node_tables(trees, [0, 1, 1, 1]), 2)(tf.constant(matrix.T)).numpy()
    sums = [[walked(trees[0], row), 2 * walked(trees[1], row) + walked(trees[2], row)] for row in matrix.astype(float)]
    np.testing.assert_allclose(found, np.array(sums).reshape(rows, 2))
