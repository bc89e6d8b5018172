"""Connections that wait at the sockets of a server that ends."""

import asyncio
import select
import socket
import time
from collections.abc import Sequence

import uvicorn

from penstock.http.processes import DRAIN_SECONDS

# asyncio makes the transport of a connection some steps of the loop after it was accepted, and only of an open server.
_STEPS = 5


async def accept_waiting(sockets: Sequence[socket.socket], seconds: float) -> None:
    """Let the event loop accept the connections that wait at its sockets, for some seconds at most.

    The kernel resets a connection that is established, but not accepted, when the socket that it waits at is closed.
    """
    waiting = select.poll()
    for each in sockets:
        waiting.register(each, select.POLLIN)
    until, steps = time.monotonic() + seconds, 0
    while steps < _STEPS and time.monotonic() < until:
        await asyncio.sleep(0)
        steps = 0 if waiting.poll(0) else steps + 1


class DrainingServer(uvicorn.Server):
    """uvicorn's server, which accepts the connections that wait before it closes its sockets."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End after the requests in flight."""
        await accept_waiting(sockets or [], DRAIN_SECONDS)
        await super().shutdown(sockets)
