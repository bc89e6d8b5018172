"""How far two histograms of a column are from each other.

TFDV computes histograms and medians from sketches of quantiles: with many rows they depend on how the rows are divided
among workers, so two runs on equal rows may differ within the sketch's accuracy. Here a difference is the largest
difference of the share of values up to any bound, which is the distance of Kolmogorov and Smirnov.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

# The rank error of TFDV's sketches, its option `epsilon`: a share of all values.
ACCURACY = 0.01
Histograms = dict[str, dict[str, Any]]


def take_histograms(column: dict[str, Any]) -> Histograms:
    """Remove the histograms of a column whose bounds are finite, and return them by a name."""
    numbers = column.get("num_stats", {})
    found = {str(each.get("type", "STANDARD")).lower(): each for each in numbers.get("histograms", ())}
    if len(found) != len(numbers.get("histograms", ())) or not all(map(_is_finite, found.values())):
        return {}
    numbers.pop("histograms", None)
    return found


def distance(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """Return the largest difference of the share of values up to a bound, from 0 to 1."""
    return _distance(_cumulative(one), _cumulative(other))


def share_between(histogram: Mapping[str, Any], one: float, other: float) -> float:
    """Return the share of the values of a histogram that are between two values."""
    bounds, shares = _cumulative(histogram)
    first, second = np.interp([one, other], bounds, shares)
    return float(abs(first - second))


def _is_finite(histogram: Mapping[str, Any]) -> bool:
    # JSON has words for infinity and NaN; proto3 leaves zeros out.
    buckets = histogram.get("buckets", ())
    values = [bucket.get(key, 0.0) for bucket in buckets for key in ("low_value", "high_value", "sample_count")]
    return bool(buckets) and all(isinstance(value, float | int) and math.isfinite(value) for value in values)


def _cumulative(histogram: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return the bounds of the buckets, and the share of the values up to each."""
    buckets = histogram["buckets"]
    bounds = [buckets[0].get("low_value", 0.0), *(bucket.get("high_value", 0.0) for bucket in buckets)]
    counts = np.cumsum([0.0, *(bucket.get("sample_count", 0.0) for bucket in buckets)])
    return np.asarray(bounds, np.float64), counts / (counts[-1] or 1.0)


def _distance(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> float:
    places = np.union1d(one[0], other[0])
    # Where several bounds are equal the share jumps: both sides of the jump are compared.
    sides = [[_share(each, places, side) for each in (one, other)] for side in ("left", "right")]
    return float(max(np.abs(first - second).max() for first, second in sides))


def _share(cumulative: tuple[np.ndarray, np.ndarray], places: np.ndarray, side: Any) -> np.ndarray:
    """Return the share of the values below (`left`) or up to (`right`) some places."""
    bounds, shares = cumulative
    index = np.searchsorted(bounds, places, side)
    exact = np.isin(places, bounds)
    at_bound = shares[np.clip(index if side == "left" else index - 1, 0, len(shares) - 1)]
    return np.where(exact, at_bound, np.interp(places, bounds, shares, left=0.0, right=1.0))
