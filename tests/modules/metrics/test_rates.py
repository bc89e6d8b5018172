"""Intervals of rates, differences and ratios, compared with published values and by their coverage."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from modules.metrics.rates import Rate, difference, ratio


def rates(counted, rows, other_counted, other_rows, level=0.95):
    return Rate(counted, rows, level), Rate(other_counted, other_rows, level)


# Newcombe: Interval Estimation for the Difference Between Independent Proportions, 1998, table II, method 10.
@pytest.mark.parametrize(
    ("pair", "ends"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((10, 10, 0, 10), (0.6075, 1.0)),
    ],
)
def test_difference_has_the_published_interval(pair, ends):
    value, low, high = difference(*rates(*pair))
    assert value == pytest.approx(pair[0] / pair[1] - pair[2] / pair[3])
    assert (low, high) == pytest.approx(ends, abs=6e-5)


# Wilson's limits, as in table I of Newcombe: Two-sided Confidence Intervals for the Single Proportion, 1998, method 3.
@pytest.mark.parametrize(
    ("counted", "rows", "ends"),
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_rate_has_the_published_interval(counted, rows, ends):
    assert Rate(counted, rows, 0.95).ends == pytest.approx(ends, abs=6e-5)


def test_rate_without_rows_is_unknown():
    assert math.isnan(Rate(0, 0, 0.95).value)
    assert Rate(0, 0, 0.95).ends == (0.0, 1.0)


@pytest.mark.parametrize(("first", "second"), [(0.3, 0.5), (0.1, 0.12), (0.7, 0.9)])
def test_interval_of_a_ratio_contains_the_true_ratio_as_often_as_its_level(first, second):
    rows, other = 50, 60
    chances = np.outer(binom.pmf(range(rows + 1), rows, first), binom.pmf(range(other + 1), other, second))
    covered = sum(
        chances[a, b]
        for a in range(rows + 1)
        for b in range(other + 1)
        if ratio(*rates(a, rows, b, other))[1] <= first / second <= ratio(*rates(a, rows, b, other))[2]
    )
    assert 0.94 <= covered <= 0.98


@pytest.mark.parametrize(
    ("pair", "value"),
    [((0, 50, 0, 50), math.nan), ((0, 50, 10, 50), 0.0), ((50, 50, 50, 50), 1.0), ((1, 40, 30, 40), 1 / 30)],
)
def test_ratio_of_extreme_rates_is_inside_its_interval(pair, value):
    found, low, high = ratio(*rates(*pair))
    assert found == pytest.approx(value, nan_ok=True)
    assert low >= 0
    assert low < high
    assert math.isnan(found) or low <= found <= high + 1e-12
