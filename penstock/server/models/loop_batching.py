"""Micro-batching of short calls in an event loop: the rows of the requests that it has read are predicted in one call.

The event loop reads all requests that have arrived, then it makes the call itself. A thread for a short call would cost
more than the call: Python runs one thread at a time, so that each change of threads delays both.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from penstock.server.models import joining
from penstock.server.models.joining import Part, Rows
from penstock.server.models.observer import Observer
from penstock.server.models.servable import Servable
from penstock.server.models.signature import Signature

# A call that takes longer is made in a thread: meanwhile the event loop reads other requests.
_SHORT, _SHORT_ROW = 0.01, 0.0001
# For so long at most the event loop reads further requests before it makes the call.
_READING_SECONDS = 0.01


class _Request(NamedTuple):
    """A request that waits for its answer."""

    servable: Servable
    rows: Rows
    future: "asyncio.Future[Part]"


@dataclass
class _Lane:
    """The requests that may share a call, since the first of them arrived."""

    signature: Signature
    arrived: float
    requests: list[_Request] = field(default_factory=list)
    rows: int = 0


class LoopBatcher:
    """Puts requests of an event loop together."""

    def __init__(self, rows: int, observer: Observer) -> None:
        """Make a batcher.

        Args:
            rows: The most rows of a call.
            observer: Who is informed of each call.
        """
        self._rows, self._observer = rows, observer
        self._lanes: dict[tuple[Any, ...], _Lane] = {}

    def takes(self, signature: Signature) -> bool:
        """Return whether calls of a signature are known to be short."""
        longest = max(signature.seconds, signature.row_seconds * self._rows)
        return 0 < signature.seconds and longest < _SHORT and signature.row_seconds < _SHORT_ROW

    async def run(self, servable: Servable, signature: Signature, rows: Rows) -> Part:
        """Return the outputs for the rows of one request.

        Raises:
            ServingError: The graph refuses the values, or the rows are none of the signature.
        """
        loop = asyncio.get_running_loop()
        key = (id(loop), *rows.kind(signature))
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(signature, time.perf_counter())
            # What the event loop has received already is read before.
            loop.call_soon(self._answer, loop, key, 0)
        request = _Request(servable, rows, loop.create_future())
        # The client may leave before the call, which needs the version.
        servable.acquire()
        lane.requests.append(request)
        lane.rows += rows.count
        return await request.future

    def _answer(self, loop: asyncio.AbstractEventLoop, key: tuple[Any, ...], seen: int) -> None:
        """Answer the requests that wait, or read on if more have arrived since some were seen.

        Answers go out one by one, and those who get them ask again meanwhile. A call for the first few of them would cost
        almost as much as one for all.
        """
        lane = self._lanes[key]
        is_growing = seen < len(lane.requests) and lane.rows < self._rows
        if is_growing and time.perf_counter() - lane.arrived < _READING_SECONDS:
            loop.call_soon(self._answer, loop, key, len(lane.requests))
            return
        del self._lanes[key]
        taken: list[_Request] = []
        rows = 0
        for request in lane.requests:
            if taken and rows + request.rows.count > self._rows:
                self._call(lane, taken, rows)
                taken, rows = [], 0
            taken.append(request)
            rows += request.rows.count
        self._call(lane, taken, rows)

    def _call(self, lane: _Lane, requests: Sequence[_Request], rows: int) -> None:
        begin = time.perf_counter()
        answers = joining.answers(lane.signature, [each.rows for each in requests])
        lane.signature.took(rows, time.perf_counter() - begin)
        self._observer.batched(requests[0].servable.model, len(requests), rows, begin - lane.arrived)
        for request, answer in zip(requests, answers, strict=True):
            request.servable.release()
            if request.future.done():  # cancelled, as the client has left or the time is over
                continue
            if isinstance(answer, BaseException):
                request.future.set_exception(answer)
            else:
                request.future.set_result(answer)
