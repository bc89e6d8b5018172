"""Starts the server: one process of uvicorn, on a socket that is open before the pages are read."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from penstock.http.listening import listening, url_of

_GRACE_SECONDS = 2


@dataclass(frozen=True)
class Address:
    """Where the dashboard listens, and the names under which it is reached in addition to those of loopback."""

    host: str = "127.0.0.1"
    port: int = 8700
    hosts: tuple[str, ...] = ()


def serve(address: Address, make: Callable[[tuple[str, ...]], object], announce: Callable[[str], None]) -> None:
    """Serve a dashboard until a signal ends this process.

    Args:
        address: Where.
        make: Makes the application, for the names of hosts.
        announce: Gets the URL before the first request.

    Raises:
        ConfigError: The address cannot be used.
    """
    opened = listening(address.host, address.port)
    announce(url_of(opened))
    config = uvicorn.Config(
        make((address.host, *address.hosts)),  # type: ignore[arg-type]
        access_log=False,
        log_level="warning",
        server_header=False,
        ws="none",
        # Pages that are shown keep a connection for what changes.
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    _Server(config).run(sockets=[opened])


class _Server(uvicorn.Server):
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
