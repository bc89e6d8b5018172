"""TFRecord files, written without TensorFlow to a temporary name, flushed, then renamed.

Threads frame and compress parts of a file in parallel; the parts are appended in order, as one gzip stream.

Measured on the examples of 100,000 bundled rides (50 MB, CPU time): 0.09 s here, 0.14 s with TensorFlow's
`TFRecordWriter` at the same level of compression, and 0.29 s at its default level. Importing TensorFlow takes 8 s of
CPU time and 544 MB of memory, importing this package 0.6 s and 99 MB.
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
# The header contains neither name nor time, so that the same rows give the same bytes.
_GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\x04\xff"
_DEFLATE_END = b"\x03\0"


@dataclass(frozen=True)
class Part:
    """Framed records, compressed or not."""

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
        # A full flush ends at a byte boundary and resets the dictionary, so that parts can be concatenated.
        return cls(len(examples), plain, stream.compress(plain) + stream.flush(isal_zlib.Z_FULL_FLUSH))


def framed(examples: pa.BinaryArray) -> memoryview:
    """Return the records in the TFRecord format, with lengths and checksums."""
    checksums = np.fromiter(map(google_crc32c.value, examples.to_numpy(zero_copy_only=False)), np.uint32, len(examples))
    footers = (checksums >> 15 | checksums << 17) + np.uint32(_MASK)
    ends: np.ndarray = np.arange(len(examples) + 1) * 4
    lengths = pc.binary_length(examples).to_numpy()
    joined = pc.binary_join_element_wise(
        by_length(lengths, _header), examples, binary(pa.py_buffer(footers.astype("<u4")), ends), b""
    )
    size = int(lengths.sum(dtype=np.int64)) + 16 * len(examples)
    return memoryview(joined.buffers()[2])[:size] if size else memoryview(b"")


def _header(size: int) -> bytes:
    length = struct.pack("<Q", size)
    crc = google_crc32c.value(length)
    return length + struct.pack("<I", ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF)


class RecordFile:
    """One TFRecord file, which is renamed to its name when the `with` block ends without an error."""

    def __init__(self, path: Path, *, compress: bool = True) -> None:
        self.path = path
        self.compress = compress
        self.count = 0
        self._checksum = self._size = 0

    def __enter__(self) -> "RecordFile":
        with files.as_data_errors(self.path.parent):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # The temporary name is unique, because a Beam runner may write one file twice at a time.
            self._temporary = files.new_file(self.path, 0o600)
            self._stream = self._temporary.open("wb")
            self._write(_GZIP_HEADER if self.compress else b"")
        return self

    def append(self, part: Part) -> None:
        """Append a part, which is compressed if the file is."""
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
            # Closing flushes again, and fails again if the disk is full.
            with suppress(OSError):
                self._stream.close()
            self._temporary.unlink(missing_ok=True)

    def _finish(self) -> None:
        if self.compress:
            self._write(_DEFLATE_END + struct.pack("<II", self._checksum, self._size & 0xFFFFFFFF))
        self._stream.close()
        files.commit(self._temporary, self.path)

    def _write(self, content: bytes | memoryview) -> None:
        self._stream.write(content)
