"""What runs in a process of the server: uvicorn on uvloop with httptools, and gRPC next to it."""

import asyncio
import logging
import resource
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable

import uvloop
from uvicorn import Config
from uvicorn import Server as _Server

from penstock.http.draining import accept_waiting
from penstock.http.processes import DRAIN_SECONDS, GRACE_SECONDS
from penstock.server.process.gate import Gate
from penstock.server.process.logs import AccessLog, log_lines
from penstock.server.process.options import Serving
from penstock.server.process.protocol import Protocol
from penstock.server.process.starting import Process, Started, start

_LOG = logging.getLogger(__name__)
_NOTIFY_SECONDS = 2
_KEEPALIVE_SECONDS = 75
_MOST_FILES = 65_536


class Server(_Server):
    """uvicorn's server, which ends gRPC at the same time."""

    started_parts: Started | None = None
    is_wanted: Callable[[], bool]
    gate: Gate

    async def live(self) -> None:
        """Say that this process lives, and end if nobody waits for it."""
        self.should_exit |= not self.is_wanted()
        self.gate.show()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End after the requests in flight."""
        parts = self.started_parts
        ended = asyncio.to_thread(parts.stop_grpc, GRACE_SECONDS) if parts else asyncio.sleep(0)
        await asyncio.gather(self._end_http(sockets or []), ended)
        if parts:
            await asyncio.to_thread(parts.close)

    async def _end_http(self, sockets: list[socket.socket]) -> None:
        """Take no more connections, and close each after an answer; a request could be on its way to a closed one."""
        self.gate.end()
        until = time.monotonic() + DRAIN_SECONDS
        await accept_waiting(sockets, DRAIN_SECONDS)
        for server in self.servers:
            server.close()
        for each in sockets:
            each.close()
        while self.server_state.connections and time.monotonic() < until and not self.force_exit:
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)


def answer(process: Process, sockets: list[socket.socket], is_wanted: Callable[[], bool]) -> None:
    """Load the models and answer requests, until a signal comes.

    Args:
        process: What is served.
        sockets: Where HTTP is listened to.
        is_wanted: Called every few seconds; when it returns false, the process ends.
    """
    log_lines()
    _allow_connections()
    uvloop.run(_answer(process, sockets, is_wanted))


async def _answer(process: Process, sockets: list[socket.socket], is_wanted: Callable[[], bool]) -> None:
    serving, metrics = process.serving, process.metrics
    log = AccessLog(enabled=serving.access_log)
    gate = Gate(serving.limits, serving.tokens, metrics, log)
    server = Server(_config(serving, gate))
    server.is_wanted, server.gate = is_wanted, gate
    server.config.callback_notify = server.live
    loop = asyncio.get_running_loop()

    def load() -> None:
        try:
            parts = start(process, log)
        except Exception:
            _LOG.exception("the server cannot be started")
            loop.call_soon_threadsafe(setattr, server, "should_exit", True)
            failed.set()
            return
        server.started_parts = parts
        loop.call_soon_threadsafe(gate.open, parts.app)

    failed = threading.Event()
    # The process answers that it lives while it loads.
    threading.Thread(target=load, name="penstock-load", daemon=True).start()
    await server.serve(sockets=sockets)
    if failed.is_set() or not server.started:
        sys.exit(3)


def _allow_connections() -> None:
    """Raise the limit of open files, of which each connection is one, as far as this user may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _config(serving: Serving, gate: Gate) -> Config:
    tls = serving.tls
    return Config(
        gate,
        http=Protocol,
        loop="uvloop",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEPALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_notify=_NOTIFY_SECONDS,
        ssl_certfile=str(tls.certificate) if tls else None,
        ssl_keyfile=str(tls.key) if tls else None,
        ssl_ca_certs=str(tls.clients) if tls and tls.clients else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if tls and tls.clients else ssl.CERT_NONE,
    )
