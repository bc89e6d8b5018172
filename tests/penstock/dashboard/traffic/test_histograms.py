"""Histograms of Prometheus."""

import math

import pytest

from penstock.dashboard.traffic.histograms import Histogram, histograms, sums
from penstock.dashboard.traffic.scraping import Sample

INF = math.inf
# 10 values up to 1, 30 from 1 to 2, 10 above 4.
FOUND = Histogram((1.0, 2.0, 4.0, INF), (10.0, 40.0, 40.0, 50.0), 150.0)


@pytest.mark.parametrize(
    ("share", "value"), [(0.1, 0.5), (0.2, 1.0), (0.5, 1.5), (0.8, 2.0), (0.9, INF), (1.0, INF), (0.0, 0.0)]
)
def test_quantile_is_linear_within_its_bucket(share, value):
    assert FOUND.quantile(share) == pytest.approx(value)


def test_histogram_without_values_has_no_quantile():
    for empty in (Histogram((), (), 0.0), Histogram((1.0, INF), (0.0, 0.0), 0.0)):
        assert (empty.count, empty.buckets()) == (0, [])
        assert math.isnan(empty.quantile(0.5))
        assert math.isnan(empty.mean)


def test_buckets_have_shares_and_finite_ends():
    assert [(each.low, each.high, each.share) for each in FOUND.buckets()] == [(1.0, 2.0, 0.6)]
    assert (FOUND.mean, FOUND.count) == (3.0, 50)


def test_bounds_below_zero_have_their_own_lower_end():
    assert Histogram((-1.0, INF), (4.0, 4.0), -8.0).quantile(0.5) == -1.0


def test_histograms_and_counters_are_added_over_other_labels():
    samples = [
        Sample("s_bucket", {"v": "1", "p": p, "le": le}, value)
        for p in ("REST", "GRPC")
        for le, value in (("+Inf", 3.0), ("0.5", 1.0))
    ]
    samples += [Sample("s_sum", {"v": "1", "p": "REST"}, 2.0), Sample("other_bucket", {"le": "1"}, 9.0)]
    assert histograms(samples, "s", "v") == {("1",): Histogram((0.5, INF), (2.0, 6.0), 2.0)}
    counted = [Sample("c", {"code": "OK"}, 2.0), Sample("c", {"code": "OK", "v": "2"}, 3.0), Sample("d", {}, 1.0)]
    assert sums(counted, "c", "code") == {("OK",): 5.0}
