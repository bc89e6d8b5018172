"""Arrow lists as serialized tf.Examples, encoded for all rows of a batch in one operation per column.

An example is a map from column names to values, and in a protocol buffer the length of a message precedes it. So each
column becomes an array of prefixes, which depend only on the length of the row's values, and an array of the values;
Arrow then joins the parts of each row.

Measured on 100,000 bundled rides (18 columns, batches of 20,000 rows, CPU time, best of three): 0.12 s here, 0.43 s
with tfx-bsl's `RecordBatchToExamplesEncoder`, whose examples have the same total length, and 8.0 s with one
`tf.train.Example` per row.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.protobuf import varint

_BYTES, _FLOATS, _INTEGERS = b"\x0a", b"\x12", b"\x1a"
# Lengths below this are counted to find the distinct ones; longer ones are sorted.
_COUNTABLE = 1 << 16


def encode(lists: pa.RecordBatch) -> pa.BinaryArray:
    """Return one serialized tf.Example per row.

    Args:
        lists: Columns of lists of int64, float32 or binary; a null becomes a feature without a kind, a missing value.
    """
    pieces: list[pa.Array] = []
    sizes = np.zeros(lists.num_rows, np.int64)
    for index, name in enumerate(lists.schema.names):
        for piece in _column(name.encode(), lists.column(index)):
            pieces.append(piece)
            sizes += lengths_of(piece)
    return pc.binary_join_element_wise(by_length(sizes, lambda size: b"\x0a" + varint(size)), *pieces, b"")


def by_length(lengths: np.ndarray, text: Callable[[int], bytes]) -> pa.BinaryArray:
    """Return `text(length)` for each of the lengths, computed once per distinct length."""
    if len(lengths) and lengths.max() < _COUNTABLE:
        seen = np.flatnonzero(np.bincount(lengths))
        places = np.empty(seen[-1] + 1, np.int32)
        places[seen] = np.arange(len(seen), dtype=np.int32)
        positions = places[lengths]
    else:
        seen, positions = np.unique(lengths, return_inverse=True)
    return pa.array([text(int(length)) for length in seen], pa.binary()).take(pa.array(positions))


def lengths_of(array: pa.Array) -> np.ndarray:
    """Return the length of each value, or of each list."""
    return np.diff(_offsets(array)).astype(np.int64)


def binary(buffer: pa.Buffer, ends: np.ndarray) -> pa.BinaryArray:
    """Return the buffer as values, given the offsets between them."""
    return pa.Array.from_buffers(
        pa.binary(), len(ends) - 1, [None, pa.py_buffer(np.ascontiguousarray(ends, np.int32)), buffer]
    )


def _offsets(array: pa.Array) -> np.ndarray:
    """Return the offset of each value or list, and the end of the last one."""
    return np.frombuffer(array.buffers()[1], np.int32, len(array) + 1, array.offset * 4)


def _column(name: bytes, array: pa.ListArray) -> tuple[pa.Array, pa.Array]:
    """Return the prefixes and the values of a column."""
    places, values = _offsets(array), array.values
    if pa.types.is_floating(values.type):
        kind, packed = _FLOATS, True
        payload = binary(values.buffers()[1], (places.astype(np.int64) + values.offset) * 4)
    elif pa.types.is_integer(values.type):
        kind, packed = _INTEGERS, True
        buffer, ends = _varints(np.asarray(values))
        payload = binary(buffer, ends[places])
    else:
        kind = _BYTES
        # The encoding of a single text in its list is that of packed numbers: length, then content.
        packed = not len(array) or (np.diff(places).max() <= 1 and bool(lengths_of(values).all()))
        flat = values if packed else _elements(values)
        payload = binary(flat.buffers()[2], _offsets(flat)[places])
    return _prefixes(name, kind, lengths_of(payload), (array.is_null(), packed)), payload


def _elements(values: pa.BinaryArray) -> pa.BinaryArray:
    prefixes = by_length(lengths_of(values), lambda size: b"\x0a" + varint(size))
    return pc.binary_join_element_wise(prefixes, values, b"")


def _prefixes(name: bytes, kind: bytes, sizes: np.ndarray, layout: tuple[pa.Array, bool]) -> pa.BinaryArray:
    """Return the bytes before each row's values: the name, and the kind if there are values."""
    missing, packed = layout

    def prefix(shifted: int) -> bytes:
        size, feature = max(shifted - 1, 0), b""
        if shifted:
            inner = b"\x0a" + varint(size) if packed and size else b""
            feature = kind + varint(len(inner) + size) + inner
        entry = b"\x0a" + varint(len(name)) + name + b"\x12" + varint(len(feature) + size) + feature
        return b"\x0a" + varint(len(entry) + size) + entry

    # Zero means a missing value, one an empty list, and so on.
    return by_length(np.where(missing.to_numpy(zero_copy_only=False), 0, sizes + 1), prefix)


def _varints(values: np.ndarray) -> tuple[pa.Buffer, np.ndarray]:
    """Return integers as varints, one after the other, and their offsets."""
    unsigned: np.ndarray = values.view(np.uint64)
    lengths: np.ndarray = np.ones(len(unsigned), np.int64)
    highest = int(unsigned.max(initial=np.uint64(0)))
    width = max(1, -(-highest.bit_length() // 7))
    for count in range(1, width):
        lengths += unsigned >= np.uint64(1 << 7 * count)
    digits: np.ndarray = np.empty((len(unsigned), width), np.uint8)
    for place in range(width):
        digits[:, place] = (unsigned >> np.uint64(7 * place)) & np.uint64(0x7F)
        digits[:, place] |= (lengths > place + 1).astype(np.uint8) << 7
    used = digits[np.arange(width) < lengths[:, None]]
    return pa.py_buffer(used), np.concatenate(([0], np.cumsum(lengths)))
