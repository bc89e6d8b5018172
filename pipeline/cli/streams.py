"""Standard streams that can be closed, full or a broken pipe without ending the command that prints to them."""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from penstock.core.errors import ConfigError

# The standard streams, and the flags with which a replacement of a closed one is opened.
_STREAMS = {0: os.O_RDONLY, 1: os.O_WRONLY, 2: os.O_WRONLY}
_closed: list[int] = []


class Stream(io.FileIO):
    """A standard stream that records why writing failed, and discards everything after that.

    The command continues, because its work matters more than its output; its exit code does not change.
    """

    failure: OSError | None = None
    raises = False
    is_raised = False

    def write(self, data: Any) -> int:
        """Write some bytes, or discard them if writing failed before."""
        if self.failure is None:
            try:
                return super().write(data)
            except OSError as error:
                self.failure = error
        if self.raises:
            self.is_raised = True
            raise self.failure
        return memoryview(data).nbytes


def prepare() -> None:
    """Replace the standard streams by ones that can always be written to."""
    for descriptor, flags in _STREAMS.items():
        try:
            os.fstat(descriptor)
        except OSError:
            # Otherwise the next file to be opened gets this descriptor, and output would be written into it.
            _open_devnull(descriptor, flags)
            if descriptor == 1:
                _closed.append(descriptor)
    sys.stdout, sys.stderr = _text(1, sys.stdout), _text(2, sys.stderr)


def close() -> ConfigError | None:
    """Flush the streams; print an error of standard output to standard error, and return it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    raw = _raw()
    failure = raw.failure if raw and not raw.is_raised else None
    if failure is None or failure.errno == errno.EPIPE:  # the reader has closed the pipe
        return None
    reason = (failure.strerror or str(failure)).lower()
    next_step = "redirect the output to another place"
    error = ConfigError("standard output", "a stream that can be written", reason, next_step)
    sys.stderr.write(f"{error}\n")
    sys.stderr.flush()
    return error


@contextmanager
def required_output() -> Iterator[None]:
    """Raise an error of standard output inside the block, where the output is the result of the command.

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


def _open_devnull(descriptor: int, flags: int) -> None:
    null = os.open(os.devnull, flags)
    if null != descriptor:
        os.dup2(null, descriptor)
        os.close(null)
    os.set_inheritable(descriptor, True)


def _text(descriptor: int, before: TextIO | None) -> io.TextIOWrapper:
    raw = Stream(descriptor, "w", closefd=False)
    # A character that the encoding of the terminal does not have is written as its code point.
    errors = getattr(before, "errors", None) or "strict"
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=getattr(before, "encoding", None) or "utf-8",
        errors="backslashreplace" if errors == "strict" else errors,
        line_buffering=descriptor == 2 or raw.isatty(),
    )
