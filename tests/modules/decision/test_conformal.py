"""Conformal quantiles: the finite-sample rank, compared with NumPy's quantile, and the coverage that follows."""

import math

import numpy as np
import pytest

from modules.decision.conformal import conformal_quantile, nonconformity, quantiles_of, rank_of
from penstock.core.errors import NodeError


@pytest.mark.parametrize("rows", [9, 10, 99, 100, 1504])
@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9])
def test_quantile_is_that_of_numpy_at_the_corrected_level(rows, coverage):
    distances = np.random.default_rng(rows).gamma(2, size=rows)
    # Angelopoulos, Bates: Conformal Prediction, A Gentle Introduction, 2023, equation 1. NumPy's index is less by half
    # an order statistic, so that the error of the division does not count.
    level = (np.ceil(np.round((rows + 1) * coverage, 9)) - 0.5) / rows
    assert conformal_quantile(distances, coverage) == np.quantile(distances, level, method="inverted_cdf")


def test_rank_has_no_error_of_binary_fractions():
    assert [rank_of(n, 0.9) for n in (9, 99, 999)] == [9, 90, 900]
    assert rank_of(9, 0.8) == 8


def test_too_few_rows_have_no_quantile():
    assert math.isinf(conformal_quantile(np.arange(8.0), 0.9))
    with pytest.raises(NodeError, match="expected at least 9 rows to calibrate on"):
        quantiles_of(np.arange(8.0), 0.9)


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_coverage_of_new_rows_is_the_configured_one(task):
    draw, covered = np.random.default_rng(1), []
    for _ in range(300):
        scores, labels = drawn(task, draw, 60)
        quantile = conformal_quantile(nonconformity(task, scores[:-1], labels[:-1]), 0.9)
        covered.append(nonconformity(task, scores[-1:], labels[-1:])[0] <= quantile)
    # Of 300 rows that are covered with a probability of 0.9 to 0.917.
    assert 0.85 <= np.mean(covered) <= 0.96


def drawn(task, draw, rows):
    """Return scores of any model, and labels."""
    if task == "regression":
        truth = draw.normal(size=rows)
        return (truth + draw.exponential(size=rows))[:, None], truth
    likely = draw.dirichlet([1, 1, 1], size=rows)
    if task == "binary":
        return likely[:, :1], (draw.random(rows) < 0.3).astype(float)
    return likely, np.array([draw.choice(3, p=each) for each in likely])


def test_class_that_the_model_does_not_know_is_as_far_as_possible():
    assert nonconformity("multiclass", np.full((2, 3), 1 / 3), np.array([-1, 1])).tolist() == [
        math.inf,
        pytest.approx(2 / 3, abs=1e-6),
    ]


def test_slice_with_enough_rows_has_its_own_quantile():
    distances = np.concatenate([np.arange(100) / 100, np.arange(100) + 1.0, [500.0, 500.0]])
    values = ["near"] * 100 + ["far"] * 100 + [None, "rare"]
    found = quantiles_of(distances, 0.9, values, min_rows=50)
    assert {value: (quantile, rows) for value, quantile, rows in found.slices} == {
        "near": (0.90, 100),
        "far": (91.0, 100),
    }
    assert found.overall == pytest.approx(np.sort(distances)[math.ceil(203 * 0.9) - 1])
