"""LightGBM's trees as arrays: what its text says, and which way a value goes."""

import lightgbm
import numpy as np
import pytest

from modules.families.trees import booster

NAN, INF = float("nan"), float("inf")
NUMERIC = {"none": 0, "zero": 4, "nan": 8}
DEFAULT_LEFT = 2


def node(decision, threshold=1.0):
    one = [np.array([value]) for value in (0, threshold, decision, ~0, ~1)]
    return booster.Tree(*one, leaves=np.array([1.0, 2.0]), sets=np.array([], np.int64), bounds=np.array([], np.int64))


@pytest.mark.parametrize(
    ("missing", "default_left", "threshold", "splits_left"),
    [
        # The values are -2, -1e-36, 0, 1, 1.5, infinity and NaN.
        ("none", False, 1.0, [1, 1, 1, 1, 0, 0, 1]),
        ("none", True, -1.0, [1, 0, 0, 0, 0, 0, 0]),
        ("zero", False, 1.0, [1, 0, 0, 1, 0, 0, 0]),
        ("zero", True, -1.0, [1, 1, 1, 0, 0, 0, 1]),
        ("nan", False, 1.0, [1, 1, 1, 1, 0, 0, 0]),
        ("nan", True, -1.0, [1, 0, 0, 0, 0, 0, 1]),
    ],
)
def test_number_goes_as_lightgbm_decides(missing, default_left, threshold, splits_left):
    tree = node(NUMERIC[missing] + DEFAULT_LEFT * default_left, threshold)
    values = np.array([-2, -1e-36, 0, 1, 1.5, INF, NAN])
    assert booster.splits_left(values, tree.threshold, tree.decision)[:, 0].astype(int).tolist() == splits_left
    assert booster.zero_is_missing(tree.decision).tolist() == [missing == "zero"]


@pytest.mark.parametrize(("missing", "threshold"), [("none", 0.5), ("nan", -1.0), ("nan", 0.5), ("nan", 2.0)])
@pytest.mark.parametrize("default_left", [False, True])
def test_limited_node_splits_a_number_as_it_splits_the_nearest_one_within_the_limits(missing, default_left, threshold):
    tree = node(NUMERIC[missing] + DEFAULT_LEFT * default_left, threshold)
    low, high = np.array([0.0]), np.array([1.0])
    limited = booster.limited(tree, low, high)

    def leaves(one, values):
        left = booster.splits_left(values, one.threshold, one.decision)[:, 0]
        return np.where(left, one.left[0], one.right[0]).tolist()

    values = np.array([-INF, -2, -1, 0, 0.5, 0.7, 1, 1.5, 3e38, INF, NAN])
    assert leaves(limited, values) == leaves(tree, np.clip(values, low, high))


def test_limits_leave_nodes_of_categories_as_they_are():
    limited = booster.limited(node(1 + NUMERIC["nan"], 0.0), np.array([5.0]), np.array([9.0]))
    assert (limited.threshold[0], limited.left[0], limited.right[0]) == (0.0, ~0, ~1)


def test_set_of_categories_is_read_from_its_words():
    tree = booster.Tree(
        *[np.array([value]) for value in (0, 1.0, 1, ~0, ~1)],
        leaves=np.zeros(2),
        sets=np.array([7, 2**31 + 1, 2]),
        bounds=np.array([0, 1, 3]),
    )
    assert tree.categorical.tolist() == [True]
    assert tree.categories(0).tolist() == [0, 31, 33]


def walked(trees, row):
    total = 0.0
    for tree in trees:
        place = 0 if len(tree.feature) else ~0
        while place >= 0:
            value = np.array([row[tree.feature[place]]], np.float64)
            splits_left = booster.splits_left(value, tree.threshold[[place]], tree.decision[[place]])[:, 0]
            left = value[0] in tree.categories(place) if tree.categorical[place] else splits_left[0]
            place = int(tree.left[place] if left else tree.right[place])
        total += tree.leaves[~place]
    return total


@pytest.mark.parametrize("zero_as_missing", [False, True])
def test_trees_that_were_read_score_as_lightgbm_does(zero_as_missing):
    draw = np.random.default_rng(1)
    matrix = draw.normal(size=(500, 3))
    matrix[:, 1] = draw.integers(0, 50, 500)
    matrix[draw.random(500) < 0.2, 0] = NAN
    matrix[draw.random(500) < 0.3, 2] = 0
    labels = np.nan_to_num(matrix[:, 0]) + (matrix[:, 1] % 4) + matrix[:, 2] ** 2
    parameters = {
        "objective": "regression", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 3, "min_data_per_group": 3,
        "zero_as_missing": zero_as_missing,
    }  # fmt: skip
    data = lightgbm.Dataset(matrix, labels, categorical_feature=[1], params=parameters)
    model = lightgbm.train(parameters, data, 12)
    trees = booster.read(model.model_to_string())
    assert len(trees) == 12
    assert any(tree.categorical.any() for tree in trees)
    seen = np.concatenate([matrix[:50], [[NAN, 77, NAN], [0, -1, 0], [9, NAN, 9]]])
    np.testing.assert_allclose([walked(trees, row) for row in seen], model.predict(seen), rtol=1e-12)


def test_tree_without_a_split_is_one_leaf():
    data = lightgbm.Dataset(np.zeros((20, 1)), np.arange(20.0))
    model = lightgbm.train({"objective": "regression", "verbosity": -1, "num_threads": 1}, data, 2)
    for tree in booster.read(model.model_to_string()):
        assert (len(tree.feature), len(tree.leaves)) == (0, 1)
