"""Micro-batching of short calls in an event loop: the rows of the requests that it has read are predicted in one call.

The event loop reads all requests that have arrived, then it makes the call itself. A thread for a short call would cost
more than the call: Python runs one thread at a time, so that each change of threads delays both.
"""

import asyncio
import time
from typing import Any, NamedTuple

import numpy as np

from penstock.server.models import joining
from penstock.server.models.joining import Tensors
from penstock.server.models.observer import Observer
from penstock.server.models.servable import Servable
from penstock.server.models.signature import Signature

# A call that takes longer is made in a thread: meanwhile the event loop reads other requests.
_SHORT, _SHORT_ROW = 0.01, 0.0001


class _Request(NamedTuple):
    """A request that waits for its answer."""

    servable: Servable
    tensors: Tensors
    rows: int
    future: "asyncio.Future[dict[str, np.ndarray]]"
    arrived: float


class LoopBatcher:
    """Puts requests of an event loop together."""

    def __init__(self, rows: int, observer: Observer) -> None:
        """Make a batcher.

        Args:
            rows: The most rows of a call.
            observer: Who is informed of each call.
        """
        self._rows, self._observer = rows, observer
        self._waiting: dict[tuple[Any, ...], list[_Request]] = {}

    def takes(self, signature: Signature) -> bool:
        """Return whether calls of a signature are known to be short."""
        longest = max(signature.seconds, signature.row_seconds * self._rows)
        return 0 < signature.seconds and longest < _SHORT and signature.row_seconds < _SHORT_ROW

    async def run(self, servable: Servable, signature: Signature, tensors: Tensors, rows: int) -> dict[str, np.ndarray]:
        """Return the outputs for the rows of one request.

        Raises:
            ServingError: The graph refuses the values.
        """
        loop = asyncio.get_running_loop()
        key = (id(loop), *joining.kind(signature, tensors))
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = []
            # What the event loop has received already is read before.
            loop.call_soon(self._answer, key, signature)
        request = _Request(servable, tensors, rows, loop.create_future(), time.perf_counter())
        # The client may leave before the call, which needs the version.
        servable.acquire()
        waiting.append(request)
        return await request.future

    def _answer(self, key: tuple[Any, ...], signature: Signature) -> None:
        """Answer the requests that wait."""
        taken: list[_Request] = []
        rows = 0
        for request in self._waiting.pop(key):
            if taken and rows + request.rows > self._rows:
                self._call(signature, taken, rows)
                taken, rows = [], 0
            taken.append(request)
            rows += request.rows
        self._call(signature, taken, rows)

    def _call(self, signature: Signature, requests: list[_Request], rows: int) -> None:
        begin = time.perf_counter()
        answers = joining.answers(signature, [(each.tensors, each.rows) for each in requests])
        signature.took(rows, time.perf_counter() - begin)
        self._observer.batched(requests[0].servable.model, len(requests), rows, begin - requests[0].arrived)
        for request, answer in zip(requests, answers, strict=True):
            request.servable.release()
            if request.future.done():  # cancelled, as the client has left or the time is over
                continue
            if isinstance(answer, BaseException):
                request.future.set_exception(answer)
            else:
                request.future.set_result(answer)
