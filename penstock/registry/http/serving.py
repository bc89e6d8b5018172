"""Starts the server: gunicorn with uvicorn workers, on a socket that is open before the first worker starts."""

import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from penstock.core.errors import ConfigError
from penstock.core.privacy import private
from penstock.registry.client import DatabaseClient
from penstock.registry.http.bounds import Limits
from penstock.registry.transport import is_loopback

# Requests in flight are answered within this time after a signal to end.
GRACE_SECONDS = 30
_KEEPALIVE_SECONDS = 15


@dataclass(frozen=True)
class Serving:
    """How the registry is served.

    Attributes:
        uri: The database.
        root: The folder that a relative file of it is relative to.
        host: The address to listen on.
        port: The port; 0 for a free one.
        workers: The number of processes.
        open_to_readers: Whether reads need no token.
        limits: What a request may cost.
    """

    uri: str
    root: Path = Path()
    host: str = "127.0.0.1"
    port: int = 8600
    workers: int = 1
    open_to_readers: bool = True
    limits: Limits = Limits()


def serve(serving: Serving, announce: Callable[[str], None]) -> None:
    """Serve the registry until a signal ends this process; requests in flight are answered first.

    Args:
        serving: How.
        announce: Gets the URL before the first request.

    Raises:
        ConfigError: The address cannot be used.
        StoreError: The database cannot be opened or migrated.
    """
    # The errors of the database are those of this command, and no worker has to migrate it.
    DatabaseClient(serving.uri, root=serving.root).close()
    opened = listening(serving.host, serving.port)
    announce(url_of(opened))
    with private():
        folder = Path(tempfile.mkdtemp(prefix="penstock-metrics-"))
    first = os.getpid()
    try:
        # gunicorn closes the socket.
        _Server(serving, opened.detach(), folder).run()
    finally:
        # A worker is a fork that ends here too.
        if os.getpid() == first:
            shutil.rmtree(folder, ignore_errors=True)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address.

    Raises:
        ConfigError: It cannot.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"the address {host}:{port}", "one that is free", reason.lower(), "choose another --port or --host"
        ) from None


def url_of(opened: socket.socket) -> str:
    """Return the URL of a socket that listens."""
    host, port = opened.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def check_reads(host: str, reads: str | None) -> bool:
    """Return whether reads need no token.

    Raises:
        ConfigError: Others reach the address, and nobody decided whether they may read without a token.
    """
    if reads is None and not is_loopback(host):
        expected = "a decision whether reads need a token, as others reach this address"
        raise ConfigError(f"--host {host}", expected, "none", "add --reads token, or --reads open")
    return reads != "token"


class _Arbiter(Arbiter):
    """The first process: Ctrl-C is as orderly an end as SIGTERM."""

    def handle_int(self) -> None:
        """End after the requests in flight."""
        self.handle_term()


class _Server(BaseApplication):
    """gunicorn's settings, and the application of each worker."""

    def __init__(self, serving: Serving, descriptor: int, folder: Path) -> None:
        self._serving, self._descriptor, self._folder = serving, descriptor, folder
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its settings: none of a file, none of the environment."""
        settings: dict[str, Any] = {
            "bind": f"fd://{self._descriptor}",
            "workers": self._serving.workers,
            "worker_class": "penstock.registry.http.worker.Worker",
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": _KEEPALIVE_SECONDS,
            "loglevel": "warning",
            "control_socket_disable": True,
            "proc_name": "penstock registry",
            # The client library of Prometheus reads its folder from there, in each worker.
            "raw_env": [f"PROMETHEUS_MULTIPROC_DIR={self._folder}"],
            "child_exit": self._forget,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return the application, with connections of this worker's own."""
        # In this place, because the library of the metrics looks for its folder when it is imported.
        from penstock.registry.http.app import create_app

        registry = DatabaseClient(self._serving.uri, root=self._serving.root, actor="server")
        return create_app(
            registry,
            open_to_readers=self._serving.open_to_readers,
            limits=self._serving.limits,
            metrics_folder=self._folder,
        )

    def run(self) -> None:
        """Start the workers, and wait for a signal."""
        _Arbiter(self).run()

    def _forget(self, _: Any, worker: Any) -> None:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid, path=str(self._folder))
