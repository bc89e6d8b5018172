"""The data types of the Open Inference Protocol, and arrays of them in both forms: JSON and bytes."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from penstock.server.errors import Code, ServingError
from penstock.server.rest.json.columns import flattened
from penstock.server.rest.json.dtypes import BOOLS, INTEGERS, NUMBERS, DataType
from penstock.server.rest.json.parsing import Irregular

_JSON_NAMES = {type(None): "null", bool: "a boolean", int: "an integer", float: "a number", str: "a string"}
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True)
class Datatype:
    """A data type of the protocol.

    Attributes:
        name: Its name.
        dtype: NumPy's type of a tensor.
        types: The Python types of its JSON values.
    """

    name: str
    dtype: Any
    types: frozenset[type]


_ALL = (
    (DataType.BOOL, Datatype("BOOL", np.bool_, BOOLS)),
    (DataType.UINT8, Datatype("UINT8", np.uint8, INTEGERS)),
    (DataType.UINT16, Datatype("UINT16", np.uint16, INTEGERS)),
    (DataType.UINT32, Datatype("UINT32", np.uint32, INTEGERS)),
    (DataType.UINT64, Datatype("UINT64", np.uint64, INTEGERS)),
    (DataType.INT8, Datatype("INT8", np.int8, INTEGERS)),
    (DataType.INT16, Datatype("INT16", np.int16, INTEGERS)),
    (DataType.INT32, Datatype("INT32", np.int32, INTEGERS)),
    (DataType.INT64, Datatype("INT64", np.int64, INTEGERS)),
    (DataType.HALF, Datatype("FP16", np.float16, NUMBERS)),
    (DataType.FLOAT, Datatype("FP32", np.float32, NUMBERS)),
    (DataType.DOUBLE, Datatype("FP64", np.float64, NUMBERS)),
    (DataType.STRING, Datatype("BYTES", object, frozenset({str, bytes}))),
)
BY_NUMBER: dict[int, Datatype] = {int(number): each for number, each in _ALL}


def name_of(dtype: int) -> str:
    """Return the protocol's name of TensorFlow's data type, or TensorFlow's own name."""
    known = BY_NUMBER.get(dtype)
    return known.name if known else DataType(dtype).name if dtype in set(DataType) else str(dtype)


def of_json(data: Any, datatype: Datatype, shape: tuple[int, ...], name: str) -> np.ndarray:
    """Return the array of flat or nested JSON data; raise an error that names the tensor."""
    unable = f"unable to parse 'data' of input '{name}':"
    try:
        flat, _, types = flattened(data if type(data) is list else [data])
    except Irregular as error:
        raise refusal(f"{unable} expected flat data, or lists of equal length") from error
    wrong = types - datatype.types
    if wrong:
        names = ", ".join(sorted(_JSON_NAMES.get(kind, "an object") for kind in wrong))
        raise refusal(f"{unable} expected values of {datatype.name}, got {names}")
    _check_count(len(flat), shape, name)
    if datatype.dtype is object:
        return _objects([value.encode() if isinstance(value, str) else value for value in flat]).reshape(shape)
    if datatype.types is INTEGERS and flat:
        limits = np.iinfo(datatype.dtype)
        if min(flat) < limits.min or max(flat) > limits.max:
            raise refusal(f"{unable} a value is out of the range of {datatype.name}")
    with np.errstate(over="ignore"):
        array = np.array(flat, dtype=np.float64 if datatype.types is NUMBERS else datatype.dtype)
        return array.astype(datatype.dtype, copy=False).reshape(shape)


def of_bytes(data: bytes, datatype: Datatype, shape: tuple[int, ...], name: str) -> np.ndarray:
    """Return the array of binary data; raise an error that names the tensor."""
    if datatype.dtype is object:
        values = _strings(data, name)
        _check_count(len(values), shape, name)
        return _objects(values).reshape(shape)
    item = np.dtype(datatype.dtype).newbyteorder("<")
    expected = item.itemsize * _count(shape)
    if len(data) != expected:
        size = f"unexpected total byte size {len(data)} for input '{name}', expecting {expected}"
        raise refusal(size)
    return np.frombuffer(data, item).astype(datatype.dtype).reshape(shape)


def to_bytes(array: np.ndarray) -> bytes:
    """Return an array as binary data."""
    if array.dtype != object:
        return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
    return b"".join(_LENGTH.pack(len(value)) + value for value in map(_as_bytes, array.ravel().tolist()))


def refusal(message: str) -> ServingError:
    """Return the error of a bad request."""
    return ServingError(Code.INVALID_ARGUMENT, message)


def _as_bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


def _check_count(count: int, shape: tuple[int, ...], name: str) -> None:
    if count != _count(shape):
        expected = f"its shape {list(shape)} has {_count(shape)}"
        raise refusal(f"unexpected number of values {count} for input '{name}', {expected}")


def _strings(data: bytes, name: str) -> list[bytes]:
    values, place = [], 0
    while place < len(data):
        start = place + _LENGTH.size
        length = _LENGTH.unpack_from(data, place)[0] if start <= len(data) else len(data)
        place = start + length
        if place > len(data):
            raise refusal(f"incomplete string data for inference input '{name}'")
        values.append(data[start:place])
    return values


def _objects(values: list[bytes]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
