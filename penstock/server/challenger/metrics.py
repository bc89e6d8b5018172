"""The metrics of the comparison with the challenger."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram

if TYPE_CHECKING:
    from penstock.server.challenger.comparing import Compared

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_DIFFERENCES = (0.0, 1e-6, 1e-5, 1e-4, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_VALUES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_LARGE = (100.0, 1e3, 1e4, 1e5, 1e6)
# The numbers of so many rows of an answer go into the distributions, evenly chosen: each takes two microseconds.
_MOST_ROWS = 256


class Pair(NamedTuple):
    """The two versions of a comparison."""

    model: str
    champion: int
    challenger: int


class ChallengerMetrics:
    """The numbers of this process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Add the metrics to a registry."""
        pair = ("model", "champion", "challenger", "output")
        self._requests = Counter(
            "penstock_challenger_requests", "Requests of the share.", ("model", "outcome"), registry=registry
        )
        self._rows = Counter(
            "penstock_challenger_rows", "Compared rows, by result.", (*pair, "result"), registry=registry
        )
        self._classes = Counter(
            "penstock_challenger_classes", "Compared rows: same or other class.", (*pair, "result"), registry=registry
        )
        self._differences = Histogram(
            "penstock_challenger_difference",
            "Absolute difference of the numbers of a row.",
            pair,
            registry=registry,
            buckets=(*_DIFFERENCES, *_LARGE),
        )
        self._values = Histogram(
            "penstock_challenger_value",
            "Numbers that both versions answered.",
            (*pair, "role"),
            registry=registry,
            buckets=(*(-each for each in reversed(_LARGE)), -10.0, -1.0, *_VALUES, *_LARGE),
        )
        self._seconds = Histogram(
            "penstock_challenger_seconds",
            "Time of the challenger's answer.",
            ("model", "challenger"),
            registry=registry,
            buckets=_SECONDS,
        )

    def count(self, model: str, outcome: str) -> None:
        """Count a request of the share: compared, dropped, failed, unavailable or same."""
        self._requests.labels(model, outcome).inc()

    def compared(self, pair: Pair, outputs: "Iterable[Compared]", seconds: float) -> None:
        """Count a comparison."""
        self.count(pair.model, "compared")
        self._seconds.labels(pair.model, str(pair.challenger)).observe(seconds)
        for each in outputs:
            self._count_output((pair.model, str(pair.champion), str(pair.challenger), each.output), each)

    def _count_output(self, names: tuple[str, ...], each: "Compared") -> None:
        for result, rows in each.rows.items():
            if rows:
                self._rows.labels(*names, result).inc(rows)
        if each.same_class is not None:
            self._classes.labels(*names, "same").inc(each.same_class)
            self._classes.labels(*names, "other").inc(each.count - each.same_class)
        _observe(self._differences.labels(*names), each.differences)
        for role, values in zip(("champion", "challenger"), each.values, strict=True):
            _observe(self._values.labels(*names, role), values)


def _observe(histogram: Histogram, values: Sequence[float]) -> None:
    for value in values[:: -(-len(values) // _MOST_ROWS) or 1]:
        histogram.observe(value)
