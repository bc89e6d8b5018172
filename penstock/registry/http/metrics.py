"""The metrics of the server for Prometheus, of this process or of all worker processes together."""

from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Counts requests and their durations by method, route and status."""

    def __init__(self, folder: Path | None = None) -> None:
        """Make the metrics.

        Args:
            folder: Where the worker processes keep their numbers; None if there is one process.
        """
        self._folder, self._own = folder, CollectorRegistry()
        names = ("method", "route", "status")
        self._requests = Counter("penstock_registry_requests", "Answered requests.", names, registry=self._own)
        self._seconds = Histogram(
            "penstock_registry_request_seconds",
            "Time until a request was answered.",
            names[:2],
            registry=self._own,
            buckets=_SECONDS,
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        """Return the metrics in Prometheus' format."""
        if self._folder is None:
            return generate_latest(self._own)
        whole = CollectorRegistry()
        MultiProcessCollector(whole, path=str(self._folder))
        return generate_latest(whole)
