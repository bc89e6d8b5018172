"""Starts the server: one process of uvicorn, on a socket that is open before the pages are read."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import uvicorn

from penstock.core.errors import PenstockError
from penstock.dashboard.app import create_app
from penstock.dashboard.pages import data, schema, traffic
from penstock.dashboard.rendering import environment
from penstock.dashboard.sources import Sources
from penstock.http.draining import DrainingServer
from penstock.http.listening import listening, url_of
from penstock.http.memory import keep_objects

_GRACE_SECONDS = 2


@dataclass(frozen=True)
class Address:
    """Where the dashboard listens, and the names under which it is reached in addition to those of loopback."""

    host: str = "127.0.0.1"
    port: int = 8700
    hosts: tuple[str, ...] = ()


def serve(address: Address, sources: Sources, announce: Callable[[str], None]) -> None:
    """Serve a dashboard until a signal ends this process.

    Args:
        address: Where.
        sources: The pipelines that it shows.
        announce: Gets the URL before the first request.

    Raises:
        ConfigError: The address cannot be used.
    """
    opened = listening(address.host, address.port)
    announce(url_of(opened))
    config = uvicorn.Config(
        create_app(sources, (address.host, *address.hosts)),
        access_log=False,
        log_level="warning",
        server_header=False,
        ws="none",
        # Pages that are shown keep a connection for what changes.
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    # The first page would wait for the rest of the imports and for all runs.
    threading.Thread(target=_read_ahead, args=(sources,), daemon=True).start()
    _Server(config).run(sockets=[opened])


def _read_ahead(sources: Sources) -> None:
    for source in sources.by_key.values():
        with suppress(PenstockError):  # the page of the pipeline says it
            data.names(source)
            environment().get_template("run.html")
            schema.history(source)
            traffic.logged_versions(source, traffic.log(source), {})
    keep_objects(collect=False)


class _Server(DrainingServer):
    """A server whose end by a signal is orderly: uvicorn's own would then die of the signal."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End after the requests in flight at SIGINT and SIGTERM."""
        before = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
