"""The jackknife: against what is known of the mean, in how often it holds the truth, and in any order of the rows."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.metrics.measures import values
from modules.metrics.scored import BUCKETS, Scored, hash_order, hashes_of, interval_half_width, leave_one_out

T_OF_19 = 2.093024


def test_half_width_of_a_mean_is_that_of_the_means_of_its_buckets():
    drawn = np.random.default_rng(1).normal(3, 2, 40 * BUCKETS)
    rows = Scored(drawn, np.zeros(len(drawn)), buckets=BUCKETS)
    means = drawn.reshape(-1, BUCKETS).mean(axis=0)
    error = means.std(ddof=1) / math.sqrt(BUCKETS)
    assert interval_half_width(rows.means(drawn)) == pytest.approx(T_OF_19 * error, rel=1e-6)


def test_half_width_of_a_mean_falls_with_the_root_of_the_rows():
    draw = np.random.default_rng(2)

    def typical(count):
        widths = []
        for _ in range(60):
            drawn = draw.normal(0, 1, count)
            widths.append(interval_half_width(Scored(drawn, np.zeros(count), buckets=BUCKETS).means(drawn)))
        return float(np.mean(widths))

    assert typical(400) == pytest.approx(T_OF_19 / 20, rel=0.05)
    assert typical(6400) == pytest.approx(T_OF_19 / 80, rel=0.05)


@pytest.mark.parametrize(
    ("found", "expected"),
    [([1.0], math.nan), ([1.0, 2.0], math.nan), ([1.0, 2.0, math.nan], math.nan), ([math.inf, 1.0, 1.0], math.nan)],
)
def test_half_width_of_what_has_no_value_is_none(found, expected):
    assert math.isnan(interval_half_width(np.array(found))) is math.isnan(expected)


def test_half_width_of_what_never_changes_is_nothing_and_a_higher_level_is_wider():
    assert interval_half_width(np.full(21, 0.7)) == pytest.approx(0, abs=1e-12)
    found = np.linspace(0, 1, 21)
    assert interval_half_width(found, 0.999) > interval_half_width(found, 0.95) > interval_half_width(found, 0.6)


def coverage(truth, sample, task, name, times=600):
    """Return how often the interval of a metric holds what it has over all rows that could be drawn."""
    held = 0
    for _ in range(times):
        labels, predictions = sample()
        found = values(task, name, Scored(labels, predictions, buckets=BUCKETS))
        held += abs(found[0] - truth) <= interval_half_width(found)
    return held / times


@pytest.mark.parametrize("rows", [100, 1000])
def test_interval_of_an_area_holds_the_truth_nineteen_times_of_twenty(rows):
    draw = np.random.default_rng(3)

    def sample():
        labels = (draw.random(rows) < 0.3).astype(float)
        return labels, draw.normal(labels * 1.5, 1)

    truth = NormalDist().cdf(1.5 / math.sqrt(2))
    assert 0.92 <= coverage(truth, sample, "binary", "auc", 300) <= 0.98


@pytest.mark.parametrize(("name", "truth"), [("mae", math.sqrt(2 / math.pi)), ("rmse", 1.0)])
def test_interval_of_an_error_holds_the_truth_nineteen_times_of_twenty(name, truth):
    draw = np.random.default_rng(4)

    def sample():
        labels = draw.normal(5, 3, 300)
        return labels, labels + draw.normal(0, 1, 300)

    assert 0.92 <= coverage(truth, sample, "regression", name) <= 0.98


def test_interval_of_a_share_holds_the_truth_nineteen_times_of_twenty():
    draw = np.random.default_rng(5)

    def sample():
        labels = (draw.random(400) < 0.5).astype(float)
        return labels, np.where(draw.random(400) < 0.85, labels, 1 - labels)

    assert 0.92 <= coverage(0.85, sample, "binary", "accuracy") <= 0.98


HASHES = st.lists(st.one_of(st.integers(0, 5), st.integers(0, 2**64 - 1)), max_size=60)


@pytest.mark.slow
@given(HASHES, st.randoms(use_true_random=False))
def test_order_is_one_of_the_rows_contents_whatever_order_they_come_in(hashes, draw):
    given_hashes = np.array(hashes, np.uint64)
    order = hash_order(given_hashes)
    assert sorted(order.tolist()) == list(range(len(hashes)))
    other = list(hashes)
    draw.shuffle(other)
    mixed = np.array(other, np.uint64)
    assert mixed[hash_order(mixed)].tolist() == given_hashes[order].tolist()


def test_rows_that_are_alike_do_not_fall_into_one_bucket():
    hashes = np.repeat(hashes_of(np.array([b"a", b"b"], object)), 500)
    first = np.flatnonzero(hashes[hash_order(hashes)] == hashes[0]) % BUCKETS
    counts = np.bincount(first, minlength=BUCKETS)
    assert counts.sum() == 500
    assert 10 <= counts.min() <= counts.max() <= 40
    # As by chance, and not evenly: else the scatter between buckets would be too small.
    assert counts.std() > 1


def test_hash_is_of_the_content_alone():
    first = hashes_of(np.array([b"", b"a", "größe".encode(), b"a\0"], object))
    assert first.dtype == np.uint64
    assert len(set(first.tolist())) == 4
    assert hashes_of(np.array([b"a"], object))[0] == first[1] == hashes_of(np.array([b"a"], object))[0]


def test_sum_is_followed_by_the_sums_without_each_bucket():
    assert leave_one_out(np.array([1.0, 2.0, 4.0])).tolist() == [7, 6, 5, 3]
