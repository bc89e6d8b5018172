"""Values between two processes: pickled, with arrays of numbers as they are in memory, and text in portions.

What is pickled in one piece holds up the other threads of a process, so that no piece is large.
"""

import pickle
import struct
from collections.abc import Callable, Sequence
from io import BytesIO, RawIOBase
from typing import Any

import numpy as np

# So many values of text are pickled at once, which takes about ten milliseconds.
_PORTION = 1 << 16
_COUNT, _SIZE = struct.Struct("<I"), struct.Struct("<Q")


class EndedError(Exception):
    """The other process has ended."""


def send(stream: RawIOBase, value: Any) -> None:
    """Write a value.

    Raises:
        OSError: The other process has ended.
    """
    parts = _packed(value)
    _write(stream, _COUNT.pack(len(parts)) + b"".join(_SIZE.pack(len(part)) for part in parts))
    for part in parts:
        _write(stream, part)


def receive(stream: RawIOBase) -> Any:
    """Read a value.

    Raises:
        EndedError: The other process has ended.
    """
    (count,) = _COUNT.unpack(_read(stream, _COUNT.size))
    sizes = [_SIZE.unpack(_read(stream, _SIZE.size))[0] for _ in range(count)]
    head, *parts = [_read(stream, size) for size in sizes]
    return pickle.loads(head, buffers=parts)  # noqa: S301  our own process wrote it


class _Pickler(pickle.Pickler):
    """Pickles arrays of text in portions, and large bytes outside of the stream."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.dtype == object:
            flat = value.ravel().tolist()
            portions = [pickle.dumps(flat[start : start + _PORTION]) for start in range(0, len(flat), _PORTION)]
            return _text, (value.shape, [pickle.PickleBuffer(portion) for portion in portions])
        return NotImplemented


def _packed(value: Any) -> list[memoryview]:
    buffers: list[pickle.PickleBuffer] = []
    head = BytesIO()
    _Pickler(head, 5, buffer_callback=buffers.append).dump(value)
    return [head.getbuffer(), *(buffer.raw() for buffer in buffers)]


def _text(shape: tuple[int, ...], portions: Sequence[Any]) -> np.ndarray:
    array = np.empty(int(np.prod(shape)), object)
    for place, portion in enumerate(portions):
        array[place * _PORTION : (place + 1) * _PORTION] = pickle.loads(portion)  # noqa: S301
    return array.reshape(shape)


def _write(stream: RawIOBase, part: bytes | memoryview) -> None:
    left = memoryview(part)
    while left:
        left = left[stream.write(left) or 0 :]


def _read(stream: RawIOBase, size: int) -> bytearray:
    found = bytearray(size)
    left = memoryview(found)
    readinto: Callable[[memoryview], int | None] = stream.readinto
    while left:
        count = readinto(left)
        if not count:
            raise EndedError
        left = left[count:]
    return found
