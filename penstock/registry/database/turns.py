"""A lock that threads get in the order in which they asked: with SQLite's own wait, one can wait for very long."""

import threading
from collections import deque


class Turns:
    """A lock that is first come, first served."""

    def __init__(self) -> None:
        """Make a lock that nobody has."""
        self._guard, self._taken = threading.Lock(), False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Wait for the turn of this thread; return whether it came within so many seconds."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=timeout):
            return True
        with self._guard:
            if mine not in self._waiting:  # the turn came just now
                return True
            self._waiting.remove(mine)
            return False

    def release(self) -> None:
        """Give the turn to the thread that has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
