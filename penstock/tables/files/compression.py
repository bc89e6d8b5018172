"""Delimited files that are compressed: opened as plain bytes, and found whole before a row of them counts.

DuckDB takes the end of a truncated file for the end of the table, and does not look at gzip's checksum. So a compressed
file is read through once, here, before it is read for its rows.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from penstock.core.errors import DataError

# Ending: what DuckDB calls the compression.
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
_CHUNK = 1 << 20


def compression_of(path: Path) -> str | None:
    """Return DuckDB's name for a file's compression, None where it has none."""
    return COMPRESSIONS.get(path.suffix.lower())


@contextmanager
def plain(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for its bytes, decompressed where its name says that it is compressed."""
    kind = compression_of(path)
    if kind == "gzip":
        with gzip.open(path, "rb") as stream:
            yield stream  # type: ignore[misc]
    elif kind == "zstd":
        from zstandard import ZstdDecompressor

        with path.open("rb") as raw, ZstdDecompressor().stream_reader(raw, read_across_frames=True) as reader:
            yield io.BufferedReader(reader, _CHUNK)
    else:
        with path.open("rb") as stream:
            yield stream


def check_whole(path: Path) -> None:
    """Raise a DataError, with the line after which a compressed file breaks, where it is not whole."""
    kind = compression_of(path)
    if kind is None:
        return
    from zstandard import ZstdError

    lines = 0
    try:
        for chunk in {"gzip": _gzip, "zstd": _zstd}[kind](path):
            lines += chunk.count(b"\n")
    except (EOFError, gzip.BadGzipFile, zlib.error, ZstdError) as error:
        received = "an end before its end" if isinstance(error, EOFError) else str(error)
        raise DataError(
            f"{path}, after line {lines}", f"a whole {kind} file", received, "copy or compress the file again"
        ) from None


def _gzip(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _zstd(path: Path) -> Iterator[bytes]:
    from zstandard import ZstdDecompressor

    # A stream reader takes a truncated frame for a whole one; this object tells whether a frame has ended.
    frame = None
    with path.open("rb") as stream:
        while waiting := stream.read(_CHUNK >> 3):
            while waiting:
                frame = frame or ZstdDecompressor().decompressobj()
                yield frame.decompress(waiting)
                waiting = frame.unused_data if frame.eof else b""
                frame = None if frame.eof else frame
    if frame is not None:
        raise EOFError
