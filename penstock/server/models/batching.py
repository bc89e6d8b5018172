"""Micro-batching: rows of several requests are predicted in one call of a signature.

A request that finds no call in progress starts one at once. Those that arrive meanwhile wait for it, and are put
together: the busier the server, the larger the calls. Only requests of one signature of one version, with rows of one
shape, are put together.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from penstock.server.models import joining
from penstock.server.models.config import Batching
from penstock.server.models.joining import Answer, Part, Rows
from penstock.server.models.observer import Observer
from penstock.server.models.servable import Servable
from penstock.server.models.signature import Signature


@dataclass
class _Request:
    """A request that waits for its answer."""

    rows: Rows
    answered: Callable[[Answer], None]
    loop: asyncio.AbstractEventLoop | None = None
    arrived: float = field(default_factory=time.perf_counter)


class _Lane:
    """The requests that may share a call."""

    def __init__(self, servable: Servable, signature: Signature) -> None:
        self.servable, self.signature = servable, signature
        self.lock = threading.Condition()
        self.waiting: deque[_Request] = deque()
        self.is_busy = False


class Batcher:
    """Puts requests together."""

    def __init__(self, batching: Batching, executor: Executor, observer: Observer) -> None:
        """Make a batcher.

        Args:
            batching: How many rows, and for how long.
            executor: Where calls run.
            observer: Who is informed of each call.
        """
        self._batching, self._executor, self._observer = batching, executor, observer
        self._lanes: dict[tuple[Any, ...], _Lane] = {}
        self._lock = threading.Lock()

    def takes(self, signature: Signature, rows: int | None) -> bool:
        """Return whether rows of a signature may be put together with others."""
        return rows is not None and rows < self._batching.rows and signature.is_by_row

    def run(self, servable: Servable, signature: Signature, rows: Rows) -> Part:
        """Return the outputs for the rows of one request; the thread waits for them.

        Raises:
            ServingError: The graph refuses the values.
        """
        done, found = threading.Event(), list[Answer]()

        def answered(answer: Answer) -> None:
            found.append(answer)
            done.set()

        self._add(servable, signature, _Request(rows, answered))
        done.wait()
        [answer] = found
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def run_async(self, servable: Servable, signature: Signature, rows: Rows) -> Part:
        """Return what `run` returns, for an event loop.

        Raises:
            ServingError: The graph refuses the values.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Part] = loop.create_future()

        def answered(answer: Answer) -> None:
            if future.done():  # cancelled, as the client has left or the time is over
                return
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)

        self._add(servable, signature, _Request(rows, answered, loop))
        return await future

    def _add(self, servable: Servable, signature: Signature, request: _Request) -> None:
        key = request.rows.kind(signature)
        with self._lock:
            lane = self._lanes.get(key)
            if lane is None:
                lane = self._lanes[key] = _Lane(servable, signature)
            with lane.lock:
                servable.acquire()
                lane.waiting.append(request)
                starts, lane.is_busy = not lane.is_busy, True
                lane.lock.notify()
        if starts:
            self._executor.submit(self._drain, key, lane)

    def _drain(self, key: tuple[Any, ...], lane: _Lane) -> None:
        """Answer the requests of a lane until there are none."""
        is_first = True
        while True:
            with self._lock, lane.lock:
                if not lane.waiting:
                    del self._lanes[key]
                    return
            requests = self._next(lane, wait=not is_first)
            is_first = False
            begin = time.perf_counter()
            answers = joining.answers(lane.signature, [each.rows for each in requests])
            lane.signature.took(sum(each.rows.count for each in requests), time.perf_counter() - begin)
            for _ in requests:
                lane.servable.release()
            _deliver(requests, answers)

    def _next(self, lane: _Lane, *, wait: bool) -> list[_Request]:
        """Take the requests of the next call; behind another call they may wait for more."""
        with lane.lock:
            if wait and self._batching.seconds:
                ends = lane.waiting[0].arrived + self._batching.seconds
                lane.lock.wait_for(
                    lambda: sum(each.rows.count for each in lane.waiting) >= self._batching.rows,
                    timeout=max(0.0, ends - time.perf_counter()),
                )
            taken, rows = [lane.waiting.popleft()], 0
            rows = taken[0].rows.count
            while lane.waiting and rows + lane.waiting[0].rows.count <= self._batching.rows:
                taken.append(lane.waiting.popleft())
                rows += taken[-1].rows.count
        waited = time.perf_counter() - taken[0].arrived
        self._observer.batched(lane.servable.model, len(taken), rows, waited)
        return taken


def _deliver(requests: Sequence[_Request], answers: Sequence[Answer]) -> None:
    """Give the answers, to each event loop with one call."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Request, Answer]]] = {}
    for request, answer in zip(requests, answers, strict=True):
        if request.loop is None:
            request.answered(answer)
        else:
            by_loop.setdefault(request.loop, []).append((request, answer))
    for loop, pairs in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_answer_all, pairs)


def _answer_all(pairs: Sequence[tuple[_Request, Answer]]) -> None:
    for request, answer in pairs:
        request.answered(answer)
