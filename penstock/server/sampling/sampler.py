"""Takes a share of the requests, and writes them in a thread of its own; no request waits for it."""

import logging
import queue
import random
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa

from penstock.server.sampling.files import LogFolder
from penstock.server.sampling.options import Sampling
from penstock.server.sampling.rows import Answered, batch_of

_LOG = logging.getLogger("penstock.server")
# The thread looks at the age of the files as often.
_LOOK_SECONDS = 1.0


class Sampler:
    """The log of a server."""

    def __init__(
        self,
        sampling: Sampling,
        count: Callable[[str], None],
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Begin; `close` completes the files.

        Args:
            sampling: Which requests are taken, and what of them.
            count: Called with the outcome of each request that was taken: written, dropped or failed.
            clock: Returns the time in seconds since 1970.
            chance: Returns a random number from 0 to below 1.
        """
        self._sampling, self._count_outcome, self._clock, self._chance = sampling, count, clock, chance
        self._is_reported = False
        self._waiting: queue.Queue[Answered | None] = queue.Queue()
        self._bytes, self._count, self._counting = 0, 0, threading.Lock()
        self._folders: dict[tuple[str, str], LogFolder] = {}
        self._ended = False
        self._thread = threading.Thread(target=self._write, name="penstock-sampling", daemon=True)
        self._thread.start()

    def wants(self) -> bool:
        """Return whether this request is one of the share."""
        return not self._ended and self._chance() < self._sampling.share

    def offer(self, answered: Answered) -> None:
        """Take a request, or drop it if too many wait; returns at once."""
        with self._counting:
            size = answered.size
            fits = self._bytes + size <= self._sampling.waiting_bytes and self._count < self._sampling.waiting
            if fits:
                self._count, self._bytes = self._count + 1, self._bytes + size
        if fits:
            self._waiting.put(answered)
        else:
            self._count_outcome("dropped")

    def close(self) -> None:
        """Write what waits, and complete the files."""
        self._ended = True
        self._waiting.put(None)
        self._thread.join()

    def _write(self) -> None:
        while True:
            try:
                answered = self._waiting.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                pass
            else:
                if answered is None:
                    break
                with self._counting:
                    self._bytes, self._count = self._bytes - answered.size, self._count - 1
                self._count_outcome("written" if self._guarded(partial(self._add, answered)) else "failed")
            for folder in self._folders.values():
                self._guarded(folder.complete_if_old)
        for folder in self._folders.values():
            self._guarded(folder.complete)

    def _add(self, answered: Answered) -> None:
        batch = batch_of(answered, self._sampling)
        if batch is None:
            return
        key = (answered.model, answered.signature)
        if key not in self._folders:
            folder = self._sampling.folder.joinpath(*map(_safe, key))
            self._folders[key] = LogFolder(folder, self._sampling, self._clock)
        self._folders[key].add(batch)

    def _guarded(self, write: Callable[[], None]) -> bool:
        """Write, and return whether that worked; the first error is logged, and the server goes on."""
        try:
            write()
        except (OSError, pa.ArrowException) as error:
            if not self._is_reported:
                _LOG.warning("the log of requests in %s cannot be written: %s", self._sampling.folder, error)
            self._is_reported = True
            return False
        return True


def _safe(name: str) -> Path:
    """Return a name as that of a folder."""
    return Path(quote(name, safe=" ").replace(".", "%2E") if name.startswith(".") else quote(name, safe=" "))
