"""The estimated cost of candidates that are exported together."""

from types import SimpleNamespace

import numpy as np
import pytest

from modules.families.auto.candidate import Candidate
from modules.families.auto.costs import copies_of, cost_of_fits, cost_of_folds
from modules.families.cost import Cost
from modules.families.trees.shape import Shape, cost_of

pytestmark = pytest.mark.slow


def shape_of(count, first=0):
    """Return the shape of so many trees of 32 leaves that split one column at 100 values."""
    return Shape(32, count, count, 32 * count, 31 * count, frozenset([0]), first + np.arange(100), np.full(100, count))


def candidate(family, models):
    return Candidate(family, {}, models, np.zeros((1, 1)), 1.0, [], 1.0)


def linear(*costs):
    return candidate("linear", [SimpleNamespace(cost=Cost(cost, 2 * cost)) for cost in costs])


def trees(*counts, first=0):
    models = [SimpleNamespace(shape=shape_of(count, first), rounds=count) for count in counts]
    return candidate("trees", models)


def test_copies_are_of_trees_alone():
    assert (copies_of(trees(10), 3), copies_of(linear(1), 3)) == (3, 1)


def test_folds_cost_the_sum_of_their_models_but_trees_share_tables():
    assert cost_of_folds([linear(1, 2)]) == Cost(3, 6)
    found = cost_of_folds([linear(1, 2), trees(50, 50)])
    expected = cost_of([(shape_of(50), 1.0)] * 2)
    assert found == Cost(3 + expected.microseconds, 6 + expected.megabytes)
    assert expected.microseconds < 2 * cost_of([(shape_of(50), 1.0)]).microseconds


def test_fit_to_all_rows_costs_the_mean_of_the_folds():
    assert cost_of_fits([linear(1, 2)]) == Cost(1.5, 3)
    assert cost_of_fits([trees(50, 100)]) == cost_of([(shape_of(50), 1.5)])
    assert cost_of_fits([trees(50, 100)], 2) == cost_of([(shape_of(50), 3.0)])


def test_trees_of_the_same_values_take_less_room_than_those_of_others():
    same, other = (cost_of_fits([trees(100), trees(100, first=first)]).megabytes for first in (0, 1000))
    assert same < 0.8 * other


def test_nothing_costs_nothing():
    assert cost_of_fits([]) == cost_of_folds([]) == Cost()
