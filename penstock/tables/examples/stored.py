"""Reads the records of TFRecord files without TensorFlow, which takes seconds to import."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import google_crc32c

from penstock.core.errors import DataError

_GZIP = b"\x1f\x8b"
# Before a record are its length and the checksum of the length; the checksum of the record follows it.
_LENGTH, _CHECKSUM = struct.Struct("<Q"), struct.Struct("<I")
_BEFORE = _LENGTH.size + _CHECKSUM.size


def stored_records(file: Path) -> Iterator[bytes]:
    """Yield the records of a file, which may be compressed with gzip.

    Raises:
        DataError: The file cannot be read, ends within a record, or has no records.
    """
    from isal import igzip, isal_zlib

    try:
        with file.open("rb") as start:
            compressed = start.read(len(_GZIP)) == _GZIP
        with igzip.open(file, "rb") if compressed else file.open("rb") as stream:
            while before := stream.read(_BEFORE):
                yield _record(stream, before)
    except (OSError, EOFError, ValueError, isal_zlib.error) as error:  # type: ignore[misc]  # a wrong stub
        reason = str(getattr(error, "strerror", None) or error).lower()
        next_step = "write `penstock fsck`, which finds damaged files"
        raise DataError(f"examples {file}", "a complete TFRecord file", reason, next_step) from None


def _record(stream: IO[bytes], before: bytes) -> bytes:
    """Read the record that follows its length; a wrong length could ask for any amount of memory."""
    if len(before) < _BEFORE:
        raise EOFError("it ends within a record")
    length = before[: _LENGTH.size]
    if _CHECKSUM.unpack_from(before, _LENGTH.size)[0] != _masked(google_crc32c.value(length)):
        raise ValueError("the length of a record is wrong")
    size = _LENGTH.unpack(length)[0]
    rest: bytes = stream.read(size + _CHECKSUM.size)
    if len(rest) < size + _CHECKSUM.size:
        raise EOFError("it ends within a record")
    if _CHECKSUM.unpack_from(rest, size)[0] != _masked(google_crc32c.value(rest[:size])):
        raise ValueError("the checksum of a record is wrong")
    return rest[:size]


def _masked(checksum: int) -> int:
    """Return a CRC-32C as TFRecord files store it."""
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF
