"""Takes a share of the requests, and writes them in a thread of its own; no request waits for it."""

import logging
import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa

from penstock.server.copying.answered import Answered
from penstock.server.copying.waiting import Limits, Waiting
from penstock.server.sampling.files import LogFolder
from penstock.server.sampling.options import Sampling
from penstock.server.sampling.rows import batch_of

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
            count: Called with the outcome of each request that was taken: written, dropped, failed or skipped, which
                has no rows. A written one that was in a file that could not be completed is lost in addition.
            clock: Returns the time in seconds since 1970.
            chance: Returns a random number from 0 to below 1.
        """
        self._sampling, self._count_outcome, self._clock, self._chance = sampling, count, clock, chance
        self._is_reported = False
        self._folders: dict[tuple[str, str], LogFolder] = {}
        limits = Limits(sampling.waiting, sampling.waiting_bytes)
        self._waiting = Waiting("penstock-sampling", limits, self._take, _LOOK_SECONDS)

    def wants(self, model: str, request_id: str) -> bool:
        """Return whether this request is one of the share.

        It is left to chance and not to the id, which a client may use for many requests.
        """
        return self._waiting.is_open and self._chance() < self._sampling.share

    def offer(self, answered: Answered) -> None:
        """Take a request, or drop it if too many wait; returns at once."""
        if not self._waiting.offer(answered):
            self._count_outcome("dropped")

    def close(self) -> None:
        """Write what waits, and complete the files."""
        self._waiting.close()
        for folder in self._folders.values():
            self._guarded(folder.complete)
        self._count_lost()

    def _take(self, answered: Answered | None) -> None:
        if answered is not None:
            self._count_outcome(self._outcome(answered))
        for folder in self._folders.values():
            self._guarded(folder.complete_if_old)
        self._count_lost()

    def _outcome(self, answered: Answered) -> str:
        batch: list[pa.RecordBatch | None] = []
        if not self._guarded(lambda: batch.append(batch_of(answered, self._sampling))):
            return "failed"
        [rows] = batch
        if rows is None:
            return "skipped"
        return "written" if self._guarded(partial(self._add, (answered.model, answered.signature), rows)) else "failed"

    def _add(self, key: tuple[str, str], batch: pa.RecordBatch) -> None:
        if key not in self._folders:
            folder = self._sampling.folder.joinpath(*map(_safe, key))
            self._folders[key] = LogFolder(folder, self._sampling, self._clock)
        self._folders[key].add(batch)

    def _count_lost(self) -> None:
        for folder in self._folders.values():
            for _ in range(folder.lost):
                self._count_outcome("lost")
            folder.lost = 0

    def _guarded(self, write: Callable[[], None]) -> bool:
        """Write, and return whether that worked; the first error is logged, and the server goes on."""
        try:
            write()
        except Exception as error:
            if not self._is_reported:
                unexpected = not isinstance(error, (OSError, pa.ArrowException))
                message = "the log of requests in %s cannot be written: %s"
                _LOG.warning(message, self._sampling.folder, error, exc_info=unexpected)
            self._is_reported = True
            return False
        return True


def _safe(name: str) -> Path:
    """Return a name as that of a folder."""
    return Path(quote(name, safe=" ").replace(".", "%2E") if name.startswith(".") else quote(name, safe=" "))
