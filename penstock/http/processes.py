"""The processes of a server: gunicorn, on a socket that is open before the first worker starts."""

import logging
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter as _Arbiter

from penstock.core.privacy import private

# Requests in flight are answered within this time after a signal to end.
GRACE_SECONDS = 30
# For so long clients learn from answers that the server ends, before their connections are closed.
DRAIN_SECONDS = 1
METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# The files in which the client library of Prometheus keeps the metrics of a process, and the space for each.
METRIC_FILES = {"counter": 1 << 20, "histogram": 4 << 20, "gauge_livesum": 1 << 20, "gauge_livemostrecent": 1 << 20}
_LOG = logging.getLogger(__name__)
# A process that has not ended by then is killed.
_KILL_SECONDS = GRACE_SECONDS + 5


class Arbiter(_Arbiter):
    """The first process: Ctrl-C is as orderly an end as SIGTERM."""

    def handle_int(self) -> None:
        """End after the requests in flight."""
        self.handle_term()


class Processes(BaseApplication):
    """gunicorn, with settings of this program alone: none of a file, none of the environment."""

    def __init__(
        self, opened: socket.socket, metrics: Path | None, settings: dict[str, Any], environment: Sequence[str] = ()
    ) -> None:
        """Make the processes; none is started.

        Args:
            opened: The socket, which gunicorn closes.
            metrics: A folder in which the processes keep their metrics; None if each keeps its own.
            settings: The settings of gunicorn.
            environment: Variables of the worker processes, as NAME=VALUE.
        """
        self._settings, self._metrics, self._environment = settings, metrics, environment
        self._descriptor = opened.detach()
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its settings."""
        # The client library of Prometheus reads its folder from there, in each worker.
        folder = [f"{METRICS_VARIABLE}={self._metrics}"] if self._metrics else []
        settings: dict[str, Any] = {
            "bind": f"fd://{self._descriptor}",
            "graceful_timeout": _KILL_SECONDS,
            "loglevel": "warning",
            "control_socket_disable": True,
            "raw_env": [*folder, *self._environment],
            "child_exit": self._forget,
            **self._settings,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def run(self) -> None:
        """Start the workers, and wait for a signal."""
        Arbiter(self).run()

    def _forget(self, _: Any, worker: Any) -> None:
        from prometheus_client.multiprocess import mark_process_dead

        if self._metrics:
            mark_process_dead(worker.pid, path=str(self._metrics))


@contextmanager
def metrics_folder() -> Iterator[Path]:
    """Yield a folder for the metrics of worker processes, which is removed by the process that made it."""
    with private():
        folder = Path(tempfile.mkdtemp(prefix="penstock-metrics-"))
    first = os.getpid()
    try:
        yield folder
    finally:
        # A worker is a fork that ends here too.
        if os.getpid() == first:
            shutil.rmtree(folder, ignore_errors=True)


def reserve_metrics(folder: Path) -> bool:
    """Make the files for the metrics of this process with their space; return whether there is space.

    The library makes them without space: the kernel ends a process that writes into such a file on a full disk.
    """
    files = {folder / f"{name}_{os.getpid()}.db": size for name, size in METRIC_FILES.items()}
    try:
        for file, size in files.items():
            if not file.exists():
                file.write_bytes(bytes(size))
    except OSError as error:
        _LOG.warning("the metrics of this process are its own, because %s has no space: %s", folder, error)
        for file in files:
            file.unlink(missing_ok=True)
        return False
    return True
