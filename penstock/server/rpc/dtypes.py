"""TensorFlow's data types as NumPy's, with the field of a TensorProto that has their values."""

from dataclasses import dataclass

import ml_dtypes
import numpy as np


@dataclass(frozen=True)
class Kind:
    """A data type.

    Attributes:
        number: Its number in TensorFlow's enumeration DataType.
        name: Its name in TensorFlow's messages.
        dtype: The type of NumPy's arrays; objects for bytes.
        field: The field of a TensorProto for its values.
        stored: The type of the values in that field.
        packed: The number of that field if its bytes are the array's bytes, else 0.
    """

    number: int
    name: str
    dtype: np.dtype
    field: str
    stored: np.dtype
    packed: int = 0


def _kind(number: int, name: str, dtype: object, field: str, packed: int = 0) -> Kind:
    stored = {"half_val": np.int32, "float8_val": np.uint8, "int_val": np.int32}
    own = np.dtype(dtype)
    return Kind(number, name, own, field, np.dtype(stored.get(field, own)), packed)


KINDS = {
    kind.number: kind
    for kind in (
        _kind(1, "float", np.float32, "float_val", 5),
        _kind(2, "double", np.float64, "double_val", 6),
        _kind(3, "int32", np.int32, "int_val"),
        _kind(4, "uint8", np.uint8, "int_val"),
        _kind(5, "int16", np.int16, "int_val"),
        _kind(6, "int8", np.int8, "int_val"),
        _kind(7, "string", np.object_, "string_val"),
        _kind(8, "complex64", np.complex64, "scomplex_val", 9),
        _kind(9, "int64", np.int64, "int64_val"),
        _kind(10, "bool", np.bool_, "bool_val", 11),
        _kind(14, "bfloat16", ml_dtypes.bfloat16, "half_val"),
        _kind(17, "uint16", np.uint16, "int_val"),
        _kind(18, "complex128", np.complex128, "dcomplex_val", 12),
        _kind(19, "half", np.float16, "half_val"),
        _kind(22, "uint32", np.uint32, "uint32_val"),
        _kind(23, "uint64", np.uint64, "uint64_val"),
        _kind(24, "float8_e5m2", ml_dtypes.float8_e5m2, "float8_val"),
        _kind(25, "float8_e4m3fn", ml_dtypes.float8_e4m3fn, "float8_val"),
    )
}
BY_DTYPE = {kind.dtype: kind for kind in KINDS.values()}
STRING = KINDS[7]


def kind_of(array: np.ndarray) -> Kind:
    """Return the data type of an array; text and bytes of fixed length count as strings."""
    return STRING if array.dtype.kind in "OSU" else BY_DTYPE[array.dtype.newbyteorder("=")]


def name_of(number: int) -> str:
    """Return the name of a data type in TensorFlow's messages."""
    return KINDS[number].name if number in KINDS else f"unknown dtype enum ({number})"
