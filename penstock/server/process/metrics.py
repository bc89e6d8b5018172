"""The metrics for Prometheus: TensorFlow Serving's, where they are known, and ours."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from penstock.server.challenger.metrics import ChallengerMetrics
from penstock.server.models.observer import Observer
from penstock.server.models.states import State

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384)
# TensorFlow Serving's buckets, in microseconds.
_MICROSECONDS = tuple(10 * 1.8**power for power in range(33))
# The client library ends the names of counters with `_total`; of TensorFlow Serving's only one has that end.
_TOTAL = re.compile(rb"^((?:# \w+ )?:tensorflow:[\w:]+?(?<!example_count))_total\b", re.MULTILINE)
_MODEL_VERSION = ("model", "version")


class Answered(NamedTuple):
    """What is counted of a request.

    Attributes:
        protocol: REST or GRPC.
        method: What was asked for, such as `predict`.
        model: The name of the model; empty if it is not served.
        version: The version that answered; empty if there is none.
        code: The name of the code.
    """

    protocol: str
    method: str
    model: str
    version: str
    code: str


class Metrics(Observer):
    """The numbers of this process."""

    def __init__(self, folder: Path | None = None) -> None:
        """Make the metrics.

        Args:
            folder: The folder that all processes share, which the environment names to the client library too; None
                if there is one process, which keeps them in memory.
        """
        own = CollectorRegistry()
        self._folder, self._own = folder, own
        self._add_tensorflow_serving(own)
        self._add_own(own)
        self.challenger = ChallengerMetrics(own)
        self._find_children()

    def _add_tensorflow_serving(self, own: CollectorRegistry) -> None:
        """Make the metrics of TensorFlow Serving."""
        self._tf_requests = Counter(
            ":tensorflow:serving:request_count", "The total number of requests.", ("model_name", "status"), registry=own
        )
        self._tf_latency = Histogram(
            ":tensorflow:serving:request_latency",
            "Distribution of wall time (in microseconds).",
            ("model_name", "API", "entrypoint"),
            registry=own,
            buckets=_MICROSECONDS,
        )
        self._tf_runtime = Histogram(
            ":tensorflow:serving:runtime_latency",
            "Distribution of wall time (in microseconds) of the model.",
            ("model_name", "API", "runtime"),
            registry=own,
            buckets=_MICROSECONDS,
        )
        self._tf_examples = Counter(
            ":tensorflow:serving:request_example_count_total", "The total number of rows.", ("model",), registry=own
        )
        self._tf_warm = Histogram(
            ":tensorflow:serving:model_warmup_latency",
            "Distribution of wall time (in microseconds) of the warm-up.",
            ("model_path", "status"),
            registry=own,
            buckets=_MICROSECONDS,
        )
        self._tf_loads = Counter(
            ":tensorflow:cc:saved_model:load_attempt_count",
            "The number of times a SavedModel was requested to be loaded.",
            ("model_path", "status"),
            registry=own,
        )

    def _add_own(self, own: CollectorRegistry) -> None:
        """Make the metrics that TensorFlow Serving does not have."""
        self._requests = Counter(
            "penstock_requests", "Answered requests.", ("protocol", "method", "model", "version", "code"), registry=own
        )
        self._seconds = Histogram(
            "penstock_request_seconds",
            "Time until a request was answered.",
            ("protocol", *_MODEL_VERSION),
            registry=own,
            buckets=_SECONDS,
        )
        self._call_seconds = Histogram(
            "penstock_call_seconds", "Time of a model's answer.", _MODEL_VERSION, registry=own, buckets=_SECONDS
        )
        self._batch_rows = Histogram(
            "penstock_batch_rows", "Rows of a call for several requests.", ("model",), registry=own, buckets=_ROWS
        )
        self._batch_requests = Histogram(
            "penstock_batch_requests", "Requests of a call.", ("model",), registry=own, buckets=_ROWS
        )
        self._queue_seconds = Histogram(
            "penstock_queue_seconds",
            "How long the first request of a call waited for it.",
            ("model",),
            registry=own,
            buckets=_SECONDS,
        )
        self._load_seconds = Histogram(
            "penstock_load_seconds", "Time to load and warm up.", ("model", "code"), registry=own, buckets=_SECONDS
        )
        self._in_flight = Gauge(
            "penstock_requests_in_flight",
            "Requests that are being answered.",
            ("protocol",),
            registry=own,
            multiprocess_mode="livesum",
        )
        self._sampled = Counter("penstock_sampled_requests", "Requests taken for the log.", ("outcome",), registry=own)
        self._states = Gauge(
            "penstock_version_state",
            "State of a version: 10 start, 20 loading, 30 available, 40 unloading, 50 end.",
            _MODEL_VERSION,
            registry=own,
            multiprocess_mode="livemostrecent",
        )

    def answered(self, kind: Answered, seconds: float) -> None:
        """Count an answered request."""
        self._child_requests(*kind).inc()
        self._child_seconds(kind.protocol, kind.model, kind.version).observe(seconds)
        if kind.model:
            self._child_tf_requests(kind.model, kind.code).inc()
            self._child_tf_latency(kind.model, kind.method, kind.protocol).observe(seconds * 1e6)

    def in_flight(self, protocol: str, count: int) -> None:
        """Show how many requests this process answers now."""
        self._in_flight.labels(protocol).set(count)

    def ran(self, model: str, version: int, rows: int, seconds: float) -> None:
        """Count a call of a signature."""
        self._child_call_seconds(model, str(version)).observe(seconds)
        self._child_tf_runtime(model, "Predict", "TF1").observe(seconds * 1e6)
        self._child_tf_examples(model).inc(rows)

    def batched(self, model: str, requests: int, rows: int, waited: float) -> None:
        """Count a call for several requests."""
        self._child_batch_rows(model).observe(rows)
        self._child_batch_requests(model).observe(requests)
        self._child_queue_seconds(model).observe(waited)

    def loaded(self, folder: Path, model: str, seconds: float, error: str) -> None:
        """Count an attempt to load a version."""
        self._load_seconds.labels(model, error or "OK").observe(seconds)
        self._tf_loads.labels(str(folder), "fail" if error else "success").inc()

    def warmed_up(self, folder: Path, records: int, seconds: float) -> None:
        """Count a warm-up."""
        if records:
            self._tf_warm.labels(str(folder), "OK").observe(seconds * 1e6)

    def sampled(self, outcome: str) -> None:
        """Count a request that was taken for the log: written, dropped, failed, skipped or lost."""
        self._sampled.labels(outcome).inc()

    def changed(self, model: str, version: int, state: str) -> None:
        """Show the state of a version."""
        self._states.labels(model, str(version)).set(State[state])

    def text(self) -> bytes:
        """Return the metrics of all processes in Prometheus' format."""
        if self._folder is None:
            return _TOTAL.sub(rb"\1", generate_latest(self._own))
        whole = CollectorRegistry()
        MultiProcessCollector(whole, path=str(self._folder))
        return _TOTAL.sub(rb"\1", generate_latest(whole))

    def _find_children(self) -> None:
        """Look up each combination of labels once: the library takes a lock and checks the labels."""
        self._child_requests = cache(self._requests.labels)
        self._child_seconds = cache(self._seconds.labels)
        self._child_tf_requests = cache(self._tf_requests.labels)
        self._child_tf_latency = cache(self._tf_latency.labels)
        self._child_call_seconds = cache(self._call_seconds.labels)
        self._child_tf_runtime = cache(self._tf_runtime.labels)
        self._child_tf_examples = cache(self._tf_examples.labels)
        self._child_batch_rows = cache(self._batch_rows.labels)
        self._child_batch_requests = cache(self._batch_requests.labels)
        self._child_queue_seconds = cache(self._queue_seconds.labels)
