"""Standard streams that may be closed, full or left by their reader, without harm to the command that prints."""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from penstock.core.errors import ConfigError

# The standard streams, and how what stands in for a closed one is opened.
_STREAMS = {0: os.O_RDONLY, 1: os.O_WRONLY, 2: os.O_WRONLY}
_closed: list[int] = []


class Stream(io.FileIO):
    """A standard stream that keeps why it could not be written, and takes no more from then on.

    What a command does matters more than what it prints: it goes on, and its exit code is its own.
    """

    failure: OSError | None = None
    raises = False
    is_told = False

    def write(self, data: Any) -> int:
        """Write some bytes, or pretend to where that failed before."""
        if self.failure is None:
            try:
                return super().write(data)
            except OSError as error:
                self.failure = error
        if self.raises:
            self.is_told = True
            raise self.failure
        return memoryview(data).nbytes


def prepare() -> None:
    """Make the standard streams fit to be written to, whatever they are."""
    for descriptor, flags in _STREAMS.items():
        try:
            os.fstat(descriptor)
        except OSError:
            # Else the next file that is opened takes the number, and is written into by whatever prints.
            _open_nothing(descriptor, flags)
            if descriptor == 1:
                _closed.append(descriptor)
    sys.stdout, sys.stderr = _text(1, sys.stdout), _text(2, sys.stderr)


def close() -> ConfigError | None:
    """Write what is left to write; say on standard error what standard output did not take, and return it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    raw = _raw()
    failure = raw.failure if raw and not raw.is_told else None
    if failure is None or failure.errno == errno.EPIPE:  # whoever read it has seen enough
        return None
    said = (failure.strerror or str(failure)).lower()
    remedy = "nothing else went wrong, print to another place"
    error = ConfigError("standard output", "a place that takes what is printed", said, remedy)
    sys.stderr.write(f"{error}\n")
    sys.stderr.flush()
    return error


@contextmanager
def needed() -> Iterator[None]:
    """Raise in the block where standard output does not take what is written: it is all that is wanted.

    Raises:
        ConfigError: Standard output is closed.
        OSError: It cannot be written.
    """
    if _closed:
        raise ConfigError("standard output", "one that is open", "a closed one", "name a file with --output")
    raw = _raw()
    if raw is None:
        yield
        return
    raw.raises = True
    try:
        yield
    finally:
        raw.raises = False


def _raw() -> Stream | None:
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return raw if isinstance(raw, Stream) else None


def _open_nothing(descriptor: int, flags: int) -> None:
    nowhere = os.open(os.devnull, flags)
    if nowhere != descriptor:
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
    os.set_inheritable(descriptor, True)


def _text(descriptor: int, before: TextIO | None) -> io.TextIOWrapper:
    raw = Stream(descriptor, "w", closefd=False)
    # A sign that the terminal's encoding lacks is better written as its number than not at all.
    errors = getattr(before, "errors", None) or "strict"
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=getattr(before, "encoding", None) or "utf-8",
        errors="backslashreplace" if errors == "strict" else errors,
        line_buffering=descriptor == 2 or raw.isatty(),
    )
