"""The tensors of the Open Inference Protocol: values in typed lists, or raw bytes."""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

from penstock.server.inference.signatures import invalid
from penstock.server.rpc.decoding import in_portions

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True)
class DataType:
    """A data type of the protocol.

    Attributes:
        name: Its name.
        number: Its number in TensorFlow's enumeration DataType.
        dtype: The type of NumPy's arrays; objects for bytes.
        field: The list of InferTensorContents for it; empty if it has none and only raw bytes are possible.
    """

    name: str
    number: int
    dtype: np.dtype
    field: str = ""


DATATYPES = {
    each.name: each
    for each in (
        DataType("BOOL", 10, np.dtype(np.bool_), "bool_contents"),
        DataType("UINT8", 4, np.dtype(np.uint8), "uint_contents"),
        DataType("UINT16", 17, np.dtype(np.uint16), "uint_contents"),
        DataType("UINT32", 22, np.dtype(np.uint32), "uint_contents"),
        DataType("UINT64", 23, np.dtype(np.uint64), "uint64_contents"),
        DataType("INT8", 6, np.dtype(np.int8), "int_contents"),
        DataType("INT16", 5, np.dtype(np.int16), "int_contents"),
        DataType("INT32", 3, np.dtype(np.int32), "int_contents"),
        DataType("INT64", 9, np.dtype(np.int64), "int64_contents"),
        DataType("FP16", 19, np.dtype(np.float16)),
        DataType("BF16", 14, np.dtype(ml_dtypes.bfloat16)),
        DataType("FP32", 1, np.dtype(np.float32), "fp32_contents"),
        DataType("FP64", 2, np.dtype(np.float64), "fp64_contents"),
        DataType("BYTES", 7, np.dtype(object), "bytes_contents"),
    )
}
BY_NUMBER: Mapping[int, DataType] = {each.number: each for each in DATATYPES.values()}
_WIDE = {"uint_contents": np.dtype(np.uint32), "int_contents": np.dtype(np.int32)}


def read(tensor: Any, raw: bytes | None) -> np.ndarray:
    """Return the values of an input.

    Args:
        tensor: The input, an InferInputTensor.
        raw: Its bytes, if the request has raw bytes.

    Raises:
        ServingError: Its data type is unknown, or its values do not have its shape.
    """
    name, datatype, shape = tensor.name, DATATYPES.get(tensor.datatype), tuple(tensor.shape)
    if datatype is None:
        raise invalid(f"input '{name}' has the unknown datatype '{tensor.datatype}'")
    if any(size < 0 for size in shape) or len(shape) > _MOST_DIMENSIONS:
        raise invalid(f"input '{name}' has the invalid shape {list(shape)}")
    if raw is not None and tensor.HasField("contents"):
        raise invalid(f"input '{name}' has contents, and the request has raw_input_contents; only one is allowed")
    values = _from_contents(tensor, datatype) if raw is None else _from_raw(name, datatype, raw)
    if len(values) != math.prod(shape):
        raise invalid(f"input '{name}' has {len(values)} values, the shape {list(shape)} needs {math.prod(shape)}")
    if math.prod(size for size in shape if size) >= 1 << 59:
        raise invalid(f"input '{name}' has the invalid shape {list(shape)}")
    return values.reshape(shape)


_MOST_DIMENSIONS = 32


def _from_contents(tensor: Any, datatype: DataType) -> np.ndarray:
    filled = [field.name for field, _ in tensor.contents.ListFields()]
    wrong = [field for field in filled if field != datatype.field]
    if wrong:
        expected = datatype.field or "raw_input_contents"
        raise invalid(f"input '{tensor.name}' has values in {wrong[0]}, datatype {datatype.name} needs {expected}")
    values: Sequence[Any] = getattr(tensor.contents, datatype.field) if datatype.field else ()
    if datatype.name == "BYTES":
        return _objects(list(values))
    stored = in_portions(values, _WIDE.get(datatype.field, datatype.dtype))
    narrow = stored.astype(datatype.dtype, copy=False)
    if narrow is not stored and (narrow != stored).any():
        raise invalid(f"input '{tensor.name}' has a value outside of {datatype.name}")
    return narrow


def _from_raw(name: str, datatype: DataType, raw: bytes) -> np.ndarray:
    if datatype.name == "BYTES":
        return _objects(_elements(name, raw))
    if len(raw) % datatype.dtype.itemsize:
        raise invalid(f"input '{name}' has {len(raw)} raw bytes, which are no values of datatype {datatype.name}")
    if datatype.name == "BOOL":
        return np.frombuffer(raw, np.uint8) != 0
    return np.frombuffer(raw, datatype.dtype)


def _elements(name: str, raw: bytes) -> list[bytes]:
    """Return the elements of a BYTES tensor: each is its length in four bytes, then its bytes."""
    found, at, end = [], 0, len(raw)
    while at + _LENGTH.size <= end:
        (length,) = _LENGTH.unpack_from(raw, at)
        at += _LENGTH.size + length
        found.append(raw[at - length : at])
    if at != end:
        raise invalid(f"input '{name}' has raw bytes that end in the middle of an element")
    return found


def _objects(values: list[bytes]) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def raw_of(array: np.ndarray) -> bytes:
    """Return the raw bytes of an output."""
    if array.dtype.kind == "O":
        return b"".join(_LENGTH.pack(len(value)) + value for value in array.ravel().tolist())
    return array.tobytes()


def fill(contents: Any, datatype: DataType, array: np.ndarray) -> None:
    """Write an output into the list of its type."""
    getattr(contents, datatype.field).extend(array.ravel().tolist())
