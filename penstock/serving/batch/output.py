"""The output of scored rows: standard output, or a file that appears under its name when it is complete."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from penstock.core.errors import ConfigError
from penstock.core.files import commit, new_file
from penstock.core.text import printable
from penstock.serving.batch.formats import DelimitedWriter, JsonWriter, ParquetWriter, Writer

_WRITERS: dict[str, Callable[[BinaryIO], Writer]] = {
    ".csv": lambda stream: DelimitedWriter(stream, ","),
    ".tsv": lambda stream: DelimitedWriter(stream, "\t"),
    ".jsonl": JsonWriter,
    ".ndjson": JsonWriter,
    ".json": JsonWriter,
    ".parquet": ParquetWriter,
}
_TEXT = (".csv", ".tsv")
_STANDARD_OUTPUT = "standard output"


class Output:
    """An open output; an error while writing names it."""

    def __init__(self, name: str, writer: Writer) -> None:
        """Take the name of the output in error messages, and the writer of its format."""
        self._name = name
        self._writer = writer

    def write(self, batch: pa.RecordBatch) -> None:
        """Write some rows."""
        with _sentences(self._name):
            self._writer.write(batch)

    def close(self) -> None:
        """Write the end of the file."""
        with _sentences(self._name):
            self._writer.close()


def is_text(path: Path | None) -> bool:
    """Return whether an output is delimited text, so that values can be written out unchanged."""
    return path is None or path.suffix.lower() in _TEXT


def check_output(path: Path, source: Path, option: str = "--output") -> None:
    """Raise a ConfigError if scored rows of `source` cannot be written to `path`, which an option names."""
    if path.suffix.lower() not in _WRITERS:
        received = repr(path.suffix) if path.suffix else "none"
        remedy = "name a file such as scored.csv"
        raise ConfigError(f"the ending of {option} {path}", f"one of {', '.join(_WRITERS)}", received, remedy)
    if not path.parent.is_dir():
        raise ConfigError(f"{option} {path}", "a folder to write into", "no such folder", f"make {path.parent} first")
    if path.exists() and source.exists() and path.samefile(source):
        raise ConfigError(f"{option} {path}", "another file than the input", "the same", "name another file")
    if path.is_dir():
        raise ConfigError(f"{option} {path}", "a file", "a folder", "name a file in it")


class _Terminal:
    """Standard output on a terminal: control characters are escaped; a pipe gets the values unchanged."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, content: Any) -> int:
        """Write whole lines of text."""
        return self._stream.write(printable(bytes(content).decode("utf-8", "replace"), lines=True).encode())


def writer_of(ending: str, stream: BinaryIO) -> Writer:
    """Return the writer of a format, by the ending of an output."""
    return _WRITERS[ending](stream)


@contextmanager
def open_output(
    path: Path | None, make: Callable[[BinaryIO], Writer] | None = None, *, name: str | None = None
) -> Iterator[Output]:
    """Open a file, or standard output as CSV; the file appears when the block ends without an error, and is complete.

    Args:
        path: The file; None for standard output.
        make: Makes the writer of the file; by default that of its ending.
        name: The name of the file in error messages; by default `--output FILE`.

    Raises:
        ConfigError: The file cannot be written.
    """
    if path is None:
        stream: Any = _Terminal(sys.stdout.buffer) if sys.stdout.isatty() else sys.stdout.buffer
        yield Output(_STANDARD_OUTPUT, DelimitedWriter(stream, ","))
        with _sentences(_STANDARD_OUTPUT):
            sys.stdout.buffer.flush()
        return
    name, make = name or f"--output {path}", make or _WRITERS[path.suffix.lower()]
    with _sentences(name):
        partial = new_file(path)
        stream = partial.open("wb")
    try:
        output = Output(name, make(stream))
        yield output
        output.close()
        with _sentences(name):
            stream.close()
            commit(partial, path)
    finally:
        with suppress(OSError):  # Closing writes buffered rows; a full disk was reported before.
            stream.close()
        partial.unlink(missing_ok=True)


@contextmanager
def _sentences(name: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # The reader of standard output closed it: no error.
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = "name a file with --output" if name == _STANDARD_OUTPUT else "name another file"
        raise ConfigError(name, "a file that can be written", reason, remedy) from error
