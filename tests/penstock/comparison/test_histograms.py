"""Distances of histograms: shares of values, whatever the bounds are."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from penstock.comparison.histograms import distance, share_between, take_histograms

COUNTS = st.lists(st.integers(0, 50), min_size=4, max_size=4)
VALUES = st.lists(st.integers(0, 40), min_size=1, max_size=60)


def histogram(counts, bounds=(0.0, 1.0, 2.0, 5.0, 9.0)):
    buckets = [
        {"low_value": low, "high_value": high, "sample_count": float(count)}
        for low, high, count in zip(bounds, bounds[1:], counts, strict=False)
    ]
    return {"buckets": buckets}


@given(one=COUNTS, other=COUNTS)
def test_distance_with_equal_bounds_is_the_largest_difference_of_the_sums(one, other):
    assume(sum(one) and sum(other))
    sums = [np.cumsum(each) / sum(each) for each in (one, other)]
    found = distance(histogram(one), histogram(other))
    assert found == pytest.approx(np.abs(sums[0] - sums[1]).max(), abs=1e-12)
    assert found == distance(histogram(other), histogram(one))


@given(one=VALUES, other=VALUES)
def test_distance_of_buckets_of_single_values_is_that_of_kolmogorov_and_smirnov(one, other):
    def of(values):
        found, counts = np.unique(values, return_counts=True)
        bounds = np.repeat(found.astype(float), 2)
        return histogram(np.stack([counts, np.zeros_like(counts)], 1).ravel(), (*bounds, bounds[-1]))

    expected = stats.ks_2samp(one, other, method="asymp").statistic
    assert distance(of(one), of(other)) == pytest.approx(expected, abs=1e-12)


def test_values_between_two_bounds_are_shared_evenly():
    assert share_between(histogram([0, 0, 30, 70]), 2.0, 3.5) == pytest.approx(0.15)
    assert distance(histogram([10, 0, 0, 0]), histogram([5, 5], (0.0, 0.5, 1.0))) == pytest.approx(0.0)


@pytest.mark.parametrize("value", ["Infinity", "NaN", None])
def test_histogram_without_finite_bounds_is_left_for_an_exact_comparison(value):
    odd = histogram([1, 2, 3, 4])
    odd["buckets"][3]["high_value"] = value
    column = {"num_stats": {"histograms": [odd]}}
    assert take_histograms(column) == {}
    assert column["num_stats"]["histograms"] == [odd]
