"""TFRecord files, written without TensorFlow: next to their place, flushed, then renamed.

Many threads may frame and compress parts of a file at a time; they are appended in order, as one stream of gzip.
"""

import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import google_crc32c
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core import files
from penstock.tables.examples.encoding import binary, by_length

_MASK = 0xA282EAD8
# The fastest level; with ISA-L it leaves no larger files than zlib's, in a quarter of the time.
_LEVEL = 1
_RAW_DEFLATE = -15
# Neither name nor time is in the header, so that the same rows give the same bytes.
_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\x04\xff"
_DEFLATE_END = b"\x03\0"


@dataclass(frozen=True)
class Part:
    """Records as they stand in a file, compressed or not."""

    count: int
    plain: memoryview
    packed: bytes | None

    @classmethod
    def of(cls, examples: pa.BinaryArray, *, compress: bool = True) -> "Part":
        """Frame the records, and compress them."""
        from isal import isal_zlib

        plain = framed(examples)
        if not compress:
            return cls(len(examples), plain, None)
        stream = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW_DEFLATE)
        # A full flush ends at a whole byte and refers to nothing before it: parts can follow each other.
        return cls(len(examples), plain, stream.compress(plain) + stream.flush(isal_zlib.Z_FULL_FLUSH))


def framed(examples: pa.BinaryArray) -> memoryview:
    """Return the records with lengths and checksums, as TFRecord files have them."""
    checksums = np.fromiter(map(google_crc32c.value, examples.to_numpy(zero_copy_only=False)), np.uint32, len(examples))
    feet = (checksums >> 15 | checksums << 17) + np.uint32(_MASK)
    ends = np.arange(len(examples) + 1) * 4
    lengths = pc.binary_length(examples).to_numpy()
    whole = pc.binary_join_element_wise(
        by_length(lengths, _head), examples, binary(pa.py_buffer(feet.astype("<u4")), ends), b""
    )
    size = int(lengths.sum(dtype=np.int64)) + 16 * len(examples)
    return memoryview(whole.buffers()[2])[:size] if size else memoryview(b"")


def _head(size: int) -> bytes:
    length = struct.pack("<Q", size)
    crc = google_crc32c.value(length)
    return length + struct.pack("<I", ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF)


class RecordFile:
    """One TFRecord file; it appears under its name when the `with` block ends well, and never half."""

    def __init__(self, path: Path, *, compress: bool = True) -> None:
        self.path = path
        self.compress = compress
        self.count = 0
        self._checksum = self._size = 0

    def __enter__(self) -> "RecordFile":
        with files.as_data_errors(self.path.parent):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Two attempts at one file, as a Beam runner may make them, do not meet.
            self._made = files.new_file(self.path, 0o600)
            self._stream = self._made.open("wb")
            self._write(_GZIP_HEAD if self.compress else b"")
        return self

    def append(self, part: Part) -> None:
        """Append records that were framed, and compressed if the file is."""
        self.count += part.count
        if self.compress:
            self._checksum = zlib.crc32(part.plain, self._checksum)
            self._size += len(part.plain)
        with files.as_data_errors(self.path.parent):
            self._write(part.plain if part.packed is None else part.packed)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is None:
                with files.as_data_errors(self.path.parent):
                    self._finish()
        finally:
            # What did not fit once fits no better now.
            with suppress(OSError):
                self._stream.close()
            self._made.unlink(missing_ok=True)

    def _finish(self) -> None:
        if self.compress:
            self._write(_DEFLATE_END + struct.pack("<II", self._checksum, self._size & 0xFFFFFFFF))
        self._stream.close()
        files.commit(self._made, self.path)

    def _write(self, content: bytes | memoryview) -> None:
        self._stream.write(content)
