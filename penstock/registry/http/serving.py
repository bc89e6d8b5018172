"""Starts the server: gunicorn with uvicorn workers, on a socket that is open before the first worker starts."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.config.loading import forget_variable
from penstock.core.errors import ConfigError
from penstock.http.listening import listening, url_of
from penstock.http.processes import METRICS_VARIABLE, Processes, metrics_folder, reserve_metrics
from penstock.registry.client import DatabaseClient
from penstock.registry.http.bounds import Limits
from penstock.registry.transport import is_loopback

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
    with metrics_folder() as folder:
        _Server(serving, opened, folder).run()


def check_reads(host: str, reads: str | None) -> bool:
    """Return whether reads need no token.

    Raises:
        ConfigError: Others reach the address, and nobody decided whether they may read without a token.
    """
    if reads is None and not is_loopback(host):
        expected = "a decision whether reads need a token, as others reach this address"
        raise ConfigError(f"--host {host}", expected, "none", "add --reads token, or --reads open")
    return reads != "token"


class _Server(Processes):
    """The processes of the registry."""

    def __init__(self, serving: Serving, opened: socket.socket, folder: Path) -> None:
        self._serving, self._folder = serving, folder
        settings: dict[str, Any] = {
            "workers": serving.workers,
            "worker_class": "penstock.registry.http.worker.Worker",
            "keepalive": _KEEPALIVE_SECONDS,
            "proc_name": "penstock registry",
        }
        super().__init__(opened, folder, settings)

    def load(self) -> Any:
        """Return the application, with connections of this worker's own."""
        folder = self._folder if reserve_metrics(self._folder) else None
        if folder is None:
            forget_variable(METRICS_VARIABLE)
        # In this place, because the library of the metrics looks for its folder when it is imported.
        from penstock.registry.http.app import create_app

        registry = DatabaseClient(self._serving.uri, root=self._serving.root, actor="server")
        return create_app(
            registry,
            open_to_readers=self._serving.open_to_readers,
            limits=self._serving.limits,
            metrics_folder=folder,
        )
