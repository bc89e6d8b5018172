"""Weights of rows by the frequency of their class."""

import numpy as np
import pytest

from modules.families.problem import class_weights, row_weights


@pytest.mark.parametrize(
    ("labels", "weights"),
    [
        ([0, 0, 0, 1], [2 / 3, 2 / 3, 2 / 3, 2]),
        ([0, 1], [1, 1]),
        ([1, 1], [1, 1]),
        ([0, 5, 5, 2], [4 / 3, 2 / 3, 2 / 3, 4 / 3]),
    ],
)
def test_balanced_classes_weigh_the_same_and_rows_one_on_average(labels, weights):
    found = row_weights(np.array(labels), "multiclass", "balanced")
    np.testing.assert_allclose(found, weights, rtol=1e-6)
    assert found.mean() == pytest.approx(1)


@pytest.mark.parametrize(("task", "setting"), [("binary", None), ("multiclass", None), ("regression", "balanced")])
def test_rows_weigh_the_same_where_nothing_is_set_or_there_are_no_classes(task, setting):
    assert row_weights(np.array([0, 1, 1]), task, setting) is None


@pytest.mark.parametrize(
    ("labels", "classes", "weights"),
    [
        ([0, 1], 2, [1, 1]),
        ([0, 0, 0, 1], 2, [2 / 3, 2]),
        ([0, 0, 2, 2, 2, 2], 3, [1.5, 0, 0.75]),
        ([1, 1], 2, [0, 1]),
    ],
)
def test_each_class_weighs_the_same_and_a_row_one_on_average(labels, classes, weights):
    found = class_weights(np.array(labels, np.float32), classes)
    np.testing.assert_allclose(found, weights, rtol=1e-6)
    assert found[np.array(labels)].mean() == pytest.approx(1)
