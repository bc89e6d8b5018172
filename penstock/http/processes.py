"""The processes of a server: gunicorn, on a socket that is open before the first worker starts."""

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
# A process that has not ended by then is killed.
_KILL_SECONDS = GRACE_SECONDS + 15


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
        folder = [f"PROMETHEUS_MULTIPROC_DIR={self._metrics}"] if self._metrics else []
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
