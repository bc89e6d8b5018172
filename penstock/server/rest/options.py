"""The options of the application."""

from collections.abc import Callable
from dataclasses import dataclass

METRICS = "/monitoring/prometheus/metrics"
LIVE, READY = "/livez", "/readyz"


def _yes() -> bool:
    return True


@dataclass(frozen=True)
class Options:
    """The options of the application.

    Attributes:
        prefix: What comes before `/v1`, `/v2` and the OpenAPI document in each path, such as `/models`.
        cors: Whether pages of other sites may read the answers.
        max_body: The most bytes of a body, as it is sent and decompressed.
        max_bodies: The most bytes of all bodies that are in memory at the same time; 0 for any number.
        metrics: Writes the metrics as Prometheus reads them; None if they are not answered.
        metrics_path: Their path, without the prefix.
        live: Says whether the process works; else it should be started again.
        live_path: The path of that, without the prefix.
        ready: Says whether requests should be sent; None asks whether every model has a version.
        ready_path: The path of that, without the prefix.
        version: The version of the server.
    """

    prefix: str = ""
    cors: bool = False
    max_body: int = 100 * 1024 * 1024
    max_bodies: int = 1 << 30
    metrics: Callable[[], bytes] | None = None
    metrics_path: str = METRICS
    live: Callable[[], bool] = _yes
    live_path: str = LIVE
    ready: Callable[[], bool] | None = None
    ready_path: str = READY
    version: str = ""
