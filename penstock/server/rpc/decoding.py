"""TensorProto to NumPy, as `tf.make_ndarray` does, for messages that nobody has checked."""

import math
from collections.abc import Sequence

import numpy as np
from tensorflow.core.framework.tensor_pb2 import TensorProto

from penstock.server.rpc.dtypes import KINDS, STRING, Kind

# TensorFlow's limit.
MOST_DIMENSIONS = 254
# What TensorFlow needs for a string next to its bytes.
STRING_BYTES = 24
MOST_BYTES = 1 << 30
# So many values take a few milliseconds.
PORTION = 1 << 16


class BadTensorError(ValueError):
    """A tensor that cannot be read, with the reason."""


def to_array(tensor: TensorProto, most_bytes: int = MOST_BYTES) -> np.ndarray:
    """Return the values of a tensor, bytes in an array of objects; the array may be read-only."""
    kind = KINDS.get(tensor.dtype)
    if kind is None:
        raise BadTensorError(f"unsupported data type {tensor.dtype}")
    shape = _shape(tensor)
    count = math.prod(shape)
    _check_size(shape, STRING_BYTES if kind is STRING else kind.dtype.itemsize, most_bytes)
    if tensor.tensor_content:
        return _from_content(tensor.tensor_content, kind, count).reshape(shape)
    values: Sequence[object] = getattr(tensor, kind.field)
    given = len(values) // 2 if kind.dtype.kind == "c" else len(values)
    if given > count:
        raise BadTensorError(f"{given} values for shape {list(shape)}")
    if kind is STRING:
        return _strings(list(values), count, most_bytes).reshape(shape)
    if not given:
        return np.zeros(shape, kind.dtype)
    array = _from_values(values, kind)
    # As TensorFlow does: the last value stands for all that follow.
    return (array if given == count else np.pad(array, (0, count - given), "edge")).reshape(shape)


def _shape(tensor: TensorProto) -> tuple[int, ...]:
    """Return the shape of a tensor; ones that TensorFlow cannot have are refused."""
    shape = tensor.tensor_shape
    if shape.unknown_rank:
        raise BadTensorError("its rank is unknown")
    sizes = tuple([dimension.size for dimension in shape.dim])
    if len(sizes) > MOST_DIMENSIONS:
        raise BadTensorError(f"{len(sizes)} dimensions, at most {MOST_DIMENSIONS} are possible")
    if sizes and min(sizes) < 0:
        raise BadTensorError(f"negative dimension in shape {list(sizes)}")
    return sizes


def _check_size(shape: tuple[int, ...], width: int, most_bytes: int) -> None:
    """Refuse a shape whose values would need too much memory, before any is taken."""
    if math.prod(shape) * width > most_bytes:
        raise BadTensorError(f"shape {list(shape)} needs more than {most_bytes} bytes")
    # A tensor without elements may have other dimensions, whose product NumPy computes.
    if math.prod(size for size in shape if size) * width >= 1 << 63 or len(shape) > _NUMPY_DIMENSIONS:
        raise BadTensorError(f"shape {list(shape)} is not supported")


_NUMPY_DIMENSIONS = 32


def _from_content(content: bytes, kind: Kind, count: int) -> np.ndarray:
    if kind is STRING:
        return _encoded_strings(content, count)
    if len(content) != count * kind.dtype.itemsize:
        raise BadTensorError(f"{len(content)} bytes of content for {count * kind.dtype.itemsize}")
    if kind.dtype == np.bool_:
        # Other bytes than 0 and 1 are no bools.
        return np.frombuffer(content, np.uint8) != 0
    return np.frombuffer(content, kind.dtype)


def in_portions(values: Sequence[object], dtype: np.dtype) -> np.ndarray:
    """Return the values of a repeated field as an array; other threads run between portions of them."""
    if len(values) <= PORTION:
        return np.fromiter(values, dtype, len(values))
    portions = (values[start : start + PORTION] for start in range(0, len(values), PORTION))
    return np.concatenate([np.fromiter(each, dtype, len(each)) for each in portions])


def _from_values(values: Sequence[object], kind: Kind) -> np.ndarray:
    """Return the values of a numeric field."""
    if kind.field == "float8_val":
        return np.frombuffer(values, kind.dtype)
    if kind.dtype.kind == "c":
        if len(values) % 2:
            raise BadTensorError("an odd number of values for complex numbers")
        return in_portions(values, np.dtype(f"f{kind.dtype.itemsize // 2}")).view(kind.dtype)
    stored = in_portions(values, kind.stored)
    if kind.stored == kind.dtype:
        return stored
    narrow = stored.astype(np.uint16 if kind.field == "half_val" else kind.dtype)
    if (narrow != stored).any():
        raise BadTensorError(f"a value outside of {kind.name}")
    return narrow.view(kind.dtype)


def _strings(values: list[object], count: int, most_bytes: int) -> np.ndarray:
    missing = count - len(values)
    if missing:
        last = values[-1] if values else b""
        if missing * (len(last) + STRING_BYTES) > most_bytes:  # type: ignore[arg-type]
            raise BadTensorError(f"{missing} more times the last string need more than {most_bytes} bytes")
        values.extend([last] * missing)
    array = np.empty(count, object)
    array[:] = values
    return array


def _encoded_strings(content: bytes, count: int) -> np.ndarray:
    """Return strings as TensorFlow writes them into a content: their lengths as varints, then their bytes."""
    lengths, at = [], 0
    for _ in range(count):
        length, at = _varint(content, at)
        lengths.append(length)
    if at + sum(lengths) != len(content):
        raise BadTensorError(f"{len(content)} bytes of content for strings of {sum(lengths)} bytes")
    array = np.empty(count, object)
    for index, length in enumerate(lengths):
        array[index] = content[at : at + length]
        at += length
    return array


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """Return a number and the place after it."""
    value = 0
    for shift in range(0, 35, 7):
        if at >= len(content):
            break
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise BadTensorError("the lengths of its strings end early")
