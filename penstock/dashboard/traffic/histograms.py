"""Histograms of Prometheus: the numbers of values up to each bound, quantiles, and shares by bucket."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from penstock.dashboard.traffic.scraping import Sample
from penstock.reports.charts import Bucket


@dataclass(frozen=True)
class Histogram:
    """A histogram.

    Attributes:
        bounds: The upper bound of each bucket, the last one infinite.
        counts: The number of values up to each bound.
        total: The sum of the values.
    """

    bounds: tuple[float, ...]
    counts: tuple[float, ...]
    total: float

    @property
    def count(self) -> int:
        """The number of values."""
        return int(self.counts[-1]) if self.counts else 0

    @property
    def mean(self) -> float:
        """The mean; NaN without a value."""
        return self.total / self.count if self.count else math.nan

    def quantile(self, share: float) -> float:
        """Return a quantile, linear within its bucket, as Prometheus computes it; infinite beyond the last bound.

        The lower end of the first bucket is 0 if its bound is positive. Without a value the result is NaN.
        """
        if not self.count:
            return math.nan
        rank = share * self.counts[-1]
        at = next(place for place, count in enumerate(self.counts) if count >= rank)
        high = self.bounds[at]
        if at == 0:
            low, before = min(0.0, high), 0.0
        else:
            low, before = self.bounds[at - 1], self.counts[at - 1]
        if math.isinf(high) or self.counts[at] == before:
            return high
        return low + (high - low) * (rank - before) / (self.counts[at] - before)

    def buckets(self) -> list[Bucket]:
        """Return the share of the values in each bucket that has some and both of whose ends are finite."""
        found, low, before = [], -math.inf, 0.0
        for high, count in zip(self.bounds, self.counts, strict=True):
            if count > before and math.isfinite(low) and math.isfinite(high):
                found.append(Bucket(low, high, (count - before) / self.counts[-1]))
            low, before = high, count
        return found


def histograms(samples: Iterable[Sample], name: str, *labels: str) -> dict[tuple[str, ...], Histogram]:
    """Return the histograms of a metric by some of its labels; those that differ in others are added.

    Args:
        samples: The metrics.
        name: The name of the metric.
        labels: The names of the labels.
    """
    counts: dict[tuple[str, ...], dict[float, float]] = {}
    sums: dict[tuple[str, ...], float] = {}
    for each in samples:
        key = tuple(each.labels.get(label, "") for label in labels)
        if each.name == f"{name}_bucket":
            bound, known = float(each.labels.get("le", "nan")), counts.setdefault(key, {})
            known[bound] = known.get(bound, 0.0) + each.value
        elif each.name == f"{name}_sum":
            sums[key] = sums.get(key, 0.0) + each.value
    return {
        key: Histogram(tuple(sorted(known)), tuple(known[bound] for bound in sorted(known)), sums.get(key, 0.0))
        for key, known in sorted(counts.items())
    }


def sums(samples: Iterable[Sample], name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """Return a counter by some of its labels; those that differ in others are added."""
    found: dict[tuple[str, ...], float] = {}
    for each in samples:
        if each.name == name:
            key = tuple(each.labels.get(label, "") for label in labels)
            found[key] = found.get(key, 0.0) + each.value
    return dict(sorted(found.items()))
