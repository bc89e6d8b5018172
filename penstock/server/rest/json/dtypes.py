"""The data types of tensors that JSON can hold, and how each is read."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from penstock.server.rest.json.base64 import decoded
from penstock.server.rest.json.parsing import Irregular


class DataType(IntEnum):
    """TensorFlow's numbers of the data types; TensorFlow need not be imported for them."""

    FLOAT = 1
    DOUBLE = 2
    INT32 = 3
    UINT8 = 4
    INT16 = 5
    INT8 = 6
    STRING = 7
    COMPLEX64 = 8
    INT64 = 9
    BOOL = 10
    QINT8 = 11
    QUINT8 = 12
    QINT32 = 13
    BFLOAT16 = 14
    QINT16 = 15
    QUINT16 = 16
    UINT16 = 17
    COMPLEX128 = 18
    HALF = 19
    RESOURCE = 20
    VARIANT = 21
    UINT32 = 22
    UINT64 = 23


BOOLS = frozenset({bool})
INTEGERS = frozenset({int})
NUMBERS = frozenset({int, float})


@dataclass(frozen=True)
class Kind:
    """How a data type is read from JSON.

    Attributes:
        name: TensorFlow's name in messages.
        dtype: NumPy's type of the tensor.
        types: The Python types of its JSON values.
        low: The smallest integer that is taken; None for all that are not integers.
        high: The largest one.
    """

    name: str
    dtype: Any
    types: frozenset[type]
    low: int | None = None
    high: int = 0

    def array(self, values: Sequence[Any]) -> np.ndarray:
        """Return the values, whose types fit, as a flat array; raise `Irregular` if an integer is out of range.

        Numbers beyond a float are infinite.
        """
        if self.types is BOOLS:
            return np.array(values, dtype=bool)
        if self.low is not None and self.dtype not in (np.int64, np.uint64):
            self._check_range(values)
        try:
            # This is three times as fast as NumPy, which looks for the type of each value.
            wide = np.frombuffer(array(self._code, values), self._code)
        except OverflowError as error:
            raise Irregular from error
        # TensorFlow Serving takes each 32-bit integer for an 8-bit one, and keeps the lower bits.
        return wide.astype(self.dtype, copy=False)

    @property
    def _code(self) -> str:
        """The type of the elements of an array of Python."""
        if self.low is None:
            return "f" if self.dtype is np.float32 else "d"
        return "Q" if self.high > 2**63 else "q"

    def _check_range(self, values: Sequence[Any]) -> None:
        if values and (min(values) < (self.low or 0) or max(values) > self.high):
            raise Irregular

    def takes(self, value: Any) -> bool:
        """Return whether a value of JSON is one of this type."""
        if type(value) not in self.types:
            return False
        return self.low is None or self.low <= value <= self.high


def _integers(name: str, dtype: Any, bits: int, *, signed: bool = True) -> Kind:
    high = 2 ** (bits - 1) - 1 if signed else 2**bits - 1
    return Kind(name, dtype, INTEGERS, -high - 1 if signed else 0, high)


class _Strings(Kind):
    """Strings, and objects with the key b64."""

    def array(self, values: Sequence[Any]) -> np.ndarray:
        found = np.empty(len(values), dtype=object)
        found[:] = values
        return found


STRING = _Strings("string", object, frozenset({str, bytes}))
KINDS: dict[int, Kind] = {
    DataType.FLOAT: Kind("float", np.float32, NUMBERS),
    DataType.DOUBLE: Kind("double", np.float64, NUMBERS),
    DataType.BOOL: Kind("bool", np.bool_, BOOLS),
    DataType.STRING: STRING,
    DataType.INT8: _integers("int8", np.int8, 32),
    DataType.INT16: _integers("int16", np.int16, 32),
    DataType.INT32: _integers("int32", np.int32, 32),
    DataType.INT64: _integers("int64", np.int64, 64),
    DataType.UINT8: _integers("uint8", np.uint8, 32),
    DataType.UINT32: _integers("uint32", np.uint32, 32, signed=False),
    DataType.UINT64: _integers("uint64", np.uint64, 64, signed=False),
}


def name_of(dtype: int) -> str:
    """Return TensorFlow's name of a data type, as its messages have it."""
    return DataType(dtype).name.lower() if dtype in set(DataType) else str(dtype)


def text_bytes(value: str | bytes) -> bytes:
    """Return the bytes of a string of JSON."""
    return value.encode() if isinstance(value, str) else value


def base64_value(value: dict[str, Any]) -> bytes:
    """Return the bytes of `{"b64": "..."}`; raise `Irregular` for other objects."""
    text = value.get("b64")
    if len(value) != 1 or not isinstance(text, str | bytes):
        raise Irregular
    return decoded(text)


STRING_READERS: dict[type, Callable[[Any], bytes]] = {str: str.encode, bytes: bytes, dict: base64_value}
