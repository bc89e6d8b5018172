"""Compressed files: delimited ones are opened as decompressed bytes, and all are checked before their rows are read.

DuckDB reads a truncated file as a complete one, and does not check gzip's checksum. So a compressed delimited file is
decompressed once here. DuckDB's decoder of Brotli can be made to write outside of its memory (CVE-2026-111497), so no
Parquet file that uses it is read.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from penstock.core.errors import DataError
from penstock.core.text import shorten
from penstock.tables.sql import path_literal

if TYPE_CHECKING:
    import duckdb

# File name extension: DuckDB's name of the compression.
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
_CHUNK = 1 << 20


def compression_of(path: Path) -> str | None:
    """Return DuckDB's name for a file's compression, None if it is not compressed."""
    return COMPRESSIONS.get(path.suffix.lower())


@contextmanager
def open_decompressed(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for its bytes, decompressed if its extension is that of a compressed file.

    Raises:
        DataError: What is read within the block is not compressed as the extension says.
    """
    kind = compression_of(path)
    if kind == "gzip":
        try:
            with gzip.open(path, "rb") as stream:
                yield stream  # type: ignore[misc]
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise _damaged(str(path), kind, error) from None
    elif kind == "zstd":
        from zstandard import ZstdDecompressor, ZstdError

        try:
            with path.open("rb") as raw, ZstdDecompressor().stream_reader(raw, read_across_frames=True) as reader:
                yield io.BufferedReader(reader, _CHUNK)
        except ZstdError as error:
            raise _damaged(str(path), kind, error) from None
    else:
        with path.open("rb") as stream:
            yield stream


def check_complete(path: Path) -> None:
    """Raise a DataError if a compressed file is truncated or corrupt; it names the last readable line."""
    kind = compression_of(path)
    if kind is None:
        return
    from zstandard import ZstdError

    lines = 0
    try:
        for chunk in {"gzip": _gzip, "zstd": _zstd}[kind](path):
            lines += chunk.count(b"\n")
    except (EOFError, gzip.BadGzipFile, zlib.error, ZstdError) as error:
        raise _damaged(f"{path}, after line {lines}", kind, error) from None


def _damaged(what: str, kind: str, error: Exception) -> DataError:
    received = "a truncated file" if isinstance(error, EOFError) else str(error)
    return DataError(what, f"a complete {kind} file", received, "copy or compress the file again")


def check_codecs(path: Path, connection: "duckdb.DuckDBPyConnection") -> None:
    """Raise a DataError if a column of a Parquet file is compressed with Brotli; only the end of the file is read.

    Args:
        path: A file; one that is not Parquet passes.
        connection: The connection that reads the file's metadata.
    """
    with path.open("rb") as stream:
        if stream.read(4) != b"PAR1":
            return
    found = connection.execute(
        f"SELECT path_in_schema FROM parquet_metadata({path_literal(path)}) WHERE compression = 'BROTLI' LIMIT 1"
    ).fetchall()
    if found:
        raise DataError(
            str(path),
            "a Parquet file without Brotli, whose decoder in DuckDB is unsafe",
            f"the column {shorten(found[0][0])!r}, compressed with Brotli",
            "write the file again with another compression, such as zstd",
        )


def _gzip(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _zstd(path: Path) -> Iterator[bytes]:
    from zstandard import ZstdDecompressor

    # A stream reader accepts a truncated frame; a decompression object reports whether a frame has ended.
    frame = None
    with path.open("rb") as stream:
        while data := stream.read(_CHUNK >> 3):
            while data:
                frame = frame or ZstdDecompressor().decompressobj()
                yield frame.decompress(data)
                data = frame.unused_data if frame.eof else b""
                frame = None if frame.eof else frame
    if frame is not None:
        raise EOFError
