"""Trees with linear leaves: which problems have them, and the limits of their numbers."""

from dataclasses import replace

import numpy as np
import pytest

from modules.families.problem import Columns
from modules.families.trees import linear_fitting
from modules.families.trees.columns import TreeColumns
from penstock.core.losses import Loss
from tests.modules.families.problems import COLUMNS, problem_of


@pytest.mark.parametrize(("task", "possible"), [("regression", True), ("binary", True), ("multiclass", False)])
def test_numbers_and_two_classes_can_have_linear_leaves(task, possible):
    assert linear_fitting.can_be_linear(problem_of(task, 4)) is possible


@pytest.mark.parametrize("loss", [Loss("quantile", 0.9), Loss("poisson"), Loss("huber", 1.0)])
def test_no_other_loss_has_linear_leaves(loss):
    assert not linear_fitting.can_be_linear(replace(problem_of("regression", 4), loss=loss))


@pytest.mark.parametrize(
    ("numbers", "possible"), [(0, False), (1, True), (linear_fitting.MOST_NUMBERS, True), (41, False)]
)
def test_few_numbers_have_linear_leaves(numbers, possible):
    columns = Columns([f"n{place}_xf" for place in range(numbers)], [], {})
    assert linear_fitting.can_be_linear(replace(problem_of("binary", 4), columns=columns)) is possible


def test_ordinal_classes_have_no_linear_leaves():
    assert not linear_fitting.can_be_linear(replace(problem_of("multiclass", 4), ordinal=True))


def test_refusal_says_what_linear_leaves_cannot_do():
    problem = problem_of("regression", 4)
    assert not linear_fitting.refusal(problem, {"explain": False})
    assert linear_fitting.refusal(problem, {"explain": True}) == "cannot be explained exactly"
    constrained = replace(problem, monotonic={"miles_xf": 1})
    assert linear_fitting.refusal(constrained, {}) == "cannot keep monotonic constraints"


def test_numbers_are_limited_to_the_limits_of_known_ones_and_categories_are_not():
    columns = TreeColumns(COLUMNS)
    matrix = np.full((3, columns.count), np.nan, np.float32)
    matrix[:, 0], matrix[:, 2] = [1, np.nan, 4], [-np.inf, 2, 3]
    [kind, *_] = columns.categories
    matrix[:, kind] = [1, 2, 3]
    limits = linear_fitting.limits_of(matrix, columns)
    other = np.full((2, columns.count), 9, np.float32)
    other[1] = [-np.inf] * columns.count
    other[1, 2] = np.nan
    found = linear_fitting.within(other, limits)
    assert found.dtype == np.float32
    assert found[:, 0] == pytest.approx([4 - 3 * linear_fitting.OUTSIDE, 1 + 3 * linear_fitting.OUTSIDE])
    assert found[0, 2] == pytest.approx(3 - linear_fitting.OUTSIDE)
    assert np.isnan(found[1, 2])
    assert found[:, kind].tolist() == [9, -np.inf]
    # A column without a known number is not limited.
    assert found[:, 1].tolist() == [9, -np.inf]


def test_matrix_without_limits_stays_as_it_is():
    matrix = np.array([[1e30]], np.float32)
    assert linear_fitting.within(matrix, None) is matrix
