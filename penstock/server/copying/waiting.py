"""Copies that wait for a thread of their own; there is a limit of their number and of their bytes."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from penstock.server.copying.answered import Answered


@dataclass(frozen=True)
class Limits:
    """How many copies may wait.

    Attributes:
        count: Their number.
        bytes: The bytes of their values.
    """

    count: int = 1000
    bytes: int = 64 << 20


class Waiting:
    """A queue of copies, and the thread that takes them."""

    def __init__(self, name: str, limits: Limits, take: Callable[[Answered | None], None], look_seconds: float) -> None:
        """Begin.

        Args:
            name: The name of the thread.
            limits: How many copies may wait.
            take: Called in the thread with each copy, and with None if there was none for a time.
            look_seconds: That time.
        """
        self._limits, self._take, self._look_seconds = limits, take, look_seconds
        self._queue: queue.Queue[Answered | None] = queue.Queue()
        self._bytes, self._count, self._counting = 0, 0, threading.Lock()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_open(self) -> bool:
        """Whether copies are taken."""
        return not self._ended

    def offer(self, answered: Answered) -> bool:
        """Take a copy if it fits, and return whether it did; returns at once."""
        size = answered.size
        with self._counting:
            if self._ended or self._bytes + size > self._limits.bytes or self._count >= self._limits.count:
                return False
            self._count, self._bytes = self._count + 1, self._bytes + size
            self._queue.put(answered)
        return True

    def close(self, seconds: float | None = None) -> None:
        """Take what waits, for at most some seconds, and end the thread."""
        with self._counting:
            self._ended = True
            self._queue.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            try:
                answered = self._queue.get(timeout=self._look_seconds)
            except queue.Empty:
                self._take(None)
                continue
            if answered is None:
                return
            with self._counting:
                self._bytes, self._count = self._bytes - answered.size, self._count - 1
            self._take(answered)
