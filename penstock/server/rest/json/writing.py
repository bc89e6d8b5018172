"""Writes tensors as JSON, with the values that TensorFlow Serving writes: compact, NaN and Infinity as bare words."""

import json
from base64 import b64encode
from typing import Any

import numpy as np
import orjson

from penstock.server.errors import Code, ServingError
from penstock.server.rest.json.decimals import decimals

BYTES_SUFFIX = "_bytes"
OPTIONS = orjson.OPT_SERIALIZE_NUMPY
_WORDS = {word: orjson.Fragment(word.encode()) for word in ("NaN", "Infinity", "-Infinity")}


def rows(outputs: dict[str, np.ndarray]) -> bytes:
    """Return `{"predictions": [...]}`; every output has the same first dimension."""
    return predictions(ready_rows(outputs))


def predictions(ready: Any) -> bytes:
    """Return `{"predictions": [...]}` of rows that `ready_rows` returned, or of some of them."""
    return _object("predictions", ready)


def ready_rows(outputs: dict[str, np.ndarray]) -> Any:
    """Return the rows of outputs that have the same first dimension, as a list or an array that orjson writes.

    Raises:
        ServingError: The first dimensions differ, or JSON cannot hold a value.
    """
    _require(outputs)
    size = -1
    for name, array in outputs.items():
        if array.ndim == 0:
            raise ServingError(Code.INVALID_ARGUMENT, f"Tensor name: {name} has no shape information ")
        if size >= 0 and len(array) != size:
            text = f"Tensor name: {name} has inconsistent batch size: {len(array)} expecting: {size}"
            raise ServingError(Code.INVALID_ARGUMENT, text)
        size = len(array)
    ready = [writable(array, as_bytes=name.endswith(BYTES_SUFFIX)) for name, array in outputs.items()]
    if len(ready) == 1:
        return ready[0]
    lists = [value.tolist() if isinstance(value, np.ndarray) else value for value in ready]
    names = tuple(outputs)
    return [dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True)]


def columns(outputs: dict[str, np.ndarray]) -> bytes:
    """Return `{"outputs": ...}`: the tensor alone if there is only one, else one for each name."""
    _require(outputs)
    ready = {name: writable(array, as_bytes=name.endswith(BYTES_SUFFIX)) for name, array in outputs.items()}
    return _object("outputs", next(iter(ready.values())) if len(ready) == 1 else ready)


def writable(array: np.ndarray, *, as_bytes: bool = False) -> Any:
    """Return an array, or nested lists of its values, that orjson writes as TensorFlow Serving would."""
    if array.dtype == object or array.dtype.kind in "SU":
        return _nested(array, [_text(value, as_bytes=as_bytes) for value in array.ravel().tolist()])
    if array.dtype not in (np.float32, np.float64):
        if array.dtype.kind not in "biu":
            name = "half" if array.dtype == np.float16 else str(array.dtype)
            raise ServingError(Code.INVALID_ARGUMENT, f"Failed to write JSON value for tensor type: {name}")
        return _contiguous(array)
    finite = np.isfinite(array)
    if finite.all():
        return _contiguous(decimals(array) if array.dtype == np.float32 else array)
    clean = np.where(finite, array, array.dtype.type(0))
    values: list[Any] = (decimals(clean) if array.dtype == np.float32 else clean).ravel().tolist()
    for index in np.flatnonzero(~finite):
        values[index] = _word(array.flat[index])
    return _nested(array, values)


def rows_of(array: np.ndarray) -> list[Any]:
    """Return the rows of an array that has one or more dimensions, ready for orjson."""
    value = writable(array)
    rows: list[Any] = value.tolist() if isinstance(value, np.ndarray) else value
    return rows


def text_fragment(value: bytes) -> Any:
    """Return a string as text, bytes that are not UTF-8 as they are."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        text = json.dumps(value.decode(errors="surrogateescape"), ensure_ascii=False)
        return orjson.Fragment(text.encode(errors="surrogateescape"))


def _object(name: str, value: Any) -> bytes:
    return orjson.dumps({name: value}, option=OPTIONS)


def _require(outputs: dict[str, np.ndarray]) -> None:
    if not outputs:
        raise ServingError(Code.INVALID_ARGUMENT, "Cannot convert empty tensor map to JSON")


def _contiguous(array: np.ndarray) -> Any:
    # orjson takes neither scalars as arrays nor arrays of another order.
    return array.item() if array.ndim == 0 else np.ascontiguousarray(array)


def _text(value: Any, *, as_bytes: bool) -> Any:
    value = value.encode() if isinstance(value, str) else value
    return {"b64": b64encode(value).decode()} if as_bytes else text_fragment(value)


def _word(value: Any) -> orjson.Fragment:
    return _WORDS["NaN" if np.isnan(value) else "Infinity" if value > 0 else "-Infinity"]


def _nested(array: np.ndarray, values: list[Any]) -> Any:
    """Return flat values as nested lists of the array's shape."""
    if array.ndim == 0:
        return values[0]
    for axis in range(array.ndim - 1, 0, -1):
        size, count = array.shape[axis], int(np.prod(array.shape[:axis]))
        values = [values[index * size : (index + 1) * size] for index in range(count)]
    return values
