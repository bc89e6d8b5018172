"""A worker process of gunicorn that answers with uvicorn, and closes connections that are too slow."""

import asyncio
import os
import signal
import sys

import h11
from gunicorn.workers.base import Worker as _Worker
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

from penstock.http.draining import DrainingServer
from penstock.registry.http.logs import log_lines

# Within this time the headers of a request have to arrive.
HEADER_SECONDS = 30
_NOTIFY_SECONDS = 2
_LARGEST_HEADERS = 65_536


class Protocol(H11Protocol):
    """HTTP/1.1 with a limit of the time in which headers arrive; uvicorn has none."""

    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        """Wait for the rest of the headers, or end the wait."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._expect_headers()
        elif self._watch:
            self._watch.cancel()
            self._watch = None

    def connection_lost(self, exc: Exception | None) -> None:
        """End the wait."""
        if self._watch:
            self._watch.cancel()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        if self._watch is None and not self.transport.is_closing():
            self._watch = self.loop.call_later(HEADER_SECONDS, self.transport.close)


class Worker(_Worker):
    """A process of the server; uvicorn's own class for gunicorn is deprecated."""

    def init_signals(self) -> None:
        """Leave the signals to uvicorn, which ends after the requests in flight."""
        for each in self.SIGNALS:
            signal.signal(each, signal.SIG_DFL)

    def run(self) -> None:
        """Answer requests until a signal comes."""
        log_lines()
        config = Config(
            self.wsgi,
            http=Protocol,
            loop="asyncio",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=self.cfg.keepalive,
            timeout_graceful_shutdown=self.cfg.graceful_timeout,
            h11_max_incomplete_event_size=_LARGEST_HEADERS,
            forwarded_allow_ips=self.cfg.forwarded_allow_ips,
            timeout_notify=_NOTIFY_SECONDS,
            callback_notify=self._live,
        )
        self._server = DrainingServer(config)
        asyncio.run(self._server.serve(sockets=self.sockets))
        if not self._server.started:
            sys.exit(3)

    async def _live(self) -> None:
        """Say that this process lives, and end if the one that started it does not."""
        self.notify()
        if os.getppid() != self.ppid:
            self._server.should_exit = True
