"""The files of the log: written under a hidden name, renamed when they are complete.

A process that is killed leaves a hidden file, which has no end and cannot be read. The lock on it ends with the
process, so that the next one knows that it may be removed.
"""

import fcntl
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core.files import commit, new_file
from penstock.server.sampling.columns import fitted, merged
from penstock.server.sampling.options import Sampling

_LOG = logging.getLogger("penstock.server")
# So many rows are a group of rows in a file, which is written at once.
GROUP = 4096
# A hidden file that is younger may not have its lock yet.
_YOUNG_SECONDS = 60


class LogFile:
    """A file that is being written."""

    def __init__(self, folder: Path, number: int, schema: pa.Schema, begun: float) -> None:
        """Make the file.

        Args:
            folder: Its folder, which is made if it is missing.
            number: Distinguishes it from other files of this process.
            schema: Its columns.
            begun: The time, in seconds since 1970.

        Raises:
            OSError: It cannot be made.
        """
        folder.mkdir(parents=True, exist_ok=True)
        at = datetime.fromtimestamp(begun, UTC).strftime("%Y%m%dT%H%M%S")
        self._target = folder / f"{at}-{os.getpid()}-{number}.parquet"
        self._hidden = new_file(self._target)
        self.schema, self.begun = schema, begun
        self._stream = self._hidden.open("wb")
        fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._writer = pq.ParquetWriter(self._stream, schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []
        self._rows = self._waiting_bytes = 0
        self.requests = 0

    @property
    def size(self) -> int:
        """The bytes that were written, and those that wait."""
        return os.fstat(self._stream.fileno()).st_size + self._waiting_bytes

    def add(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a request.

        Raises:
            OSError: They cannot be written.
        """
        self.requests += 1
        self._waiting.append(batch)
        self._rows += batch.num_rows
        self._waiting_bytes += batch.nbytes
        if self._rows >= GROUP:
            self._write()

    def complete(self) -> None:
        """Write what waits, and give the file its name.

        Raises:
            OSError: It cannot be written; nothing is left of it.
        """
        try:
            self._write()
            self._writer.close()
            self._stream.close()
            commit(self._hidden, self._target)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Remove the file."""
        with suppress(OSError, pa.ArrowException):
            self._stream.close()
        self._hidden.unlink(missing_ok=True)

    def _write(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting, self.schema).combine_chunks())
        self._waiting, self._rows, self._waiting_bytes = [], 0, 0


class LogFolder:
    """The files of one model and signature.

    Attributes:
        lost: How many requests were in files that could not be completed.
    """

    def __init__(self, folder: Path, sampling: Sampling, clock: Callable[[], float]) -> None:
        """Make it, and remove what killed processes left; the first file is made with the first rows.

        Args:
            folder: The folder.
            sampling: When a file is complete.
            clock: Returns the time.
        """
        self._folder, self._sampling, self._clock = folder, sampling, clock
        self._file: LogFile | None = None
        self._schema = pa.schema([])
        self._number = self.lost = 0
        _remove_left(folder)

    def __enter__(self) -> "LogFolder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.complete()

    def add(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a request; columns that no earlier one had begin another file.

        Raises:
            OSError: They cannot be written; the file that was begun is lost.
        """
        if not batch.schema.equals(self._schema, check_metadata=True):
            self._schema = merged(self._schema, batch.schema)
            batch = fitted(batch, self._schema)
        if self._file is not None and not self._file.schema.equals(self._schema, check_metadata=True):
            self.complete()
        if self._file is None:
            self._number += 1
            self._file = LogFile(self._folder, self._number, self._schema, self._clock())
        try:
            self._file.add(batch)
        except BaseException:
            # The one that is being added has not been counted as written.
            self.lost += self._file.requests - 1
            self._file.discard()
            self._file = None
            raise
        if self._file.size >= self._sampling.most_bytes:
            self.complete()

    def complete_if_old(self) -> None:
        """Complete the file if it is as old as a file may be.

        Raises:
            OSError: It cannot be written, and is lost.
        """
        if self._file is not None and self._clock() - self._file.begun >= self._sampling.seconds:
            self.complete()

    def complete(self) -> None:
        """Complete the file that was begun.

        Raises:
            OSError: It cannot be written, and is lost.
        """
        file, self._file = self._file, None
        if file is None:
            return
        try:
            file.complete()
        except BaseException:
            self.lost += file.requests
            raise


def _remove_left(folder: Path) -> None:
    """Remove hidden files that no process writes any more."""
    with suppress(OSError):
        for file in sorted(folder.glob(".*.writing")):
            if time.time() - file.stat().st_mtime < _YOUNG_SECONDS:
                continue
            with file.open("rb") as stream:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                file.unlink(missing_ok=True)
                _LOG.warning("removed %s, which a process left that was killed; its rows are lost", file)
