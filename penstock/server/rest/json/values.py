"""Makes tensors of parsed JSON value by value, in TensorFlow Serving's order of checks and with its errors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from penstock.server.errors import Code, ServingError
from penstock.server.models.signature import TensorInfo
from penstock.server.rest.json.base64 import decoded
from penstock.server.rest.json.columns import MOST_DIMENSIONS
from penstock.server.rest.json.columns import rows as whole_rows
from penstock.server.rest.json.debugging import shown, type_of
from penstock.server.rest.json.dtypes import KINDS, name_of, text_bytes
from penstock.server.rest.json.parsing import Irregular, Read, is_object, member, members

CHUNK = 1024

Shape = tuple[int, ...]
SEVERAL = "as multiple input tensors required as per tensorinfo_map"


def rows(instances: list[Any], inputs: Mapping[str, TensorInfo], chunk: int = CHUNK) -> dict[str, np.ndarray]:
    """Return the tensors of `instances`, which is not empty.

    Args:
        instances: The rows.
        inputs: The inputs of the signature.
        chunk: So many rows are read at once if none of them is wrong; 0 reads each row.
    """
    if not is_object(instances[0]) and len(inputs) > 1:
        refuse(f"instances is a plain list, but expecting list of objects {SEVERAL}")
    batches = {name: _Batch(info.dtype) for name, info in inputs.items()}
    named = _is_row(instances[0])
    place = 0
    while place < len(instances):
        some = instances[place : place + chunk] if place and chunk else instances[place : place + 1]
        if len(some) == 1 or not _add_chunk(some, inputs, batches, named=named):
            for index, element in enumerate(some, place):
                _add_element(element, index, batches, named=named)
        place += len(some)
    return {name: batch.array() for name, batch in batches.items() if batch.count}


def columns(value: Any, inputs: Mapping[str, TensorInfo]) -> dict[str, np.ndarray]:
    """Return the tensors of `inputs`."""
    if not is_object(value) or is_base64(value):
        if len(inputs) > 1:
            refuse(f"inputs is a plain value/list, but expecting an object {SEVERAL}")
        [(name, info)] = inputs.items()
        return {name: _column(value, info.dtype)}
    tensors = {}
    for name, info in inputs.items():
        found, column = member(value, name)
        if not found:
            refuse(f"Missing named input: {name} in 'inputs' object.")
        tensors[name] = _column(column, info.dtype)
    return tensors


def is_base64(value: Any) -> bool:
    """Return whether a value is `{"b64": "..."}`."""
    if not is_object(value) or len(value) != 1:
        return False
    [(name, text)] = members(value)
    return name == "b64" and isinstance(text, str | bytes)


def base64_bytes(value: Any) -> bytes:
    """Return the bytes of `{"b64": "..."}`; raise an error for other objects."""
    if not is_base64(value):
        refuse(f"JSON Value: {shown(value)} not formatted correctly for base64 data")
    return decoded(member(value, "b64")[1])


def refuse(message: str) -> NoReturn:
    """Raise the error of a bad argument."""
    raise ServingError(Code.INVALID_ARGUMENT, message)


@dataclass
class _Batch:
    """The values of one input."""

    dtype: int
    count: int = 0
    shape: Shape = ()
    size: int = 0
    parts: list[np.ndarray] = field(default_factory=list)
    pending: list[Any] = field(default_factory=list)

    def add(self, element: Any) -> None:
        """Add the value of one row."""
        values, shape = _cell(element, self.dtype)
        if self.count and self.size != len(values):
            refuse(f"Expecting tensor size: {self.size} but got: {len(values)}")
        if self.count and self.shape != shape:
            refuse(f"Expecting shape {_shown_shape(self.shape)} but got: {_shown_shape(shape)}")
        self.shape, self.size = shape, len(values)
        self.pending += values
        self.count += 1

    def add_rows(self, array: np.ndarray) -> None:
        """Add the values of several rows."""
        self._end_pending()
        self.parts.append(array.ravel())
        self.count += len(array)

    def array(self) -> np.ndarray:
        """Return the tensor."""
        self._end_pending()
        return np.concatenate(self.parts).reshape((self.count, *self.shape))

    def _end_pending(self) -> None:
        if self.pending or not self.parts:
            self.parts.append(_kind(self.dtype, self.pending).array(self.pending))
            self.pending = []


def _add_chunk(rows: list[Any], inputs: Mapping[str, TensorInfo], batches: dict[str, _Batch], *, named: bool) -> bool:
    """Add rows, and return whether none of them is wrong; otherwise add none."""
    if named != _is_row(rows[0]):
        return False
    try:
        found = whole_rows(rows, inputs, Read())
    except Irregular:
        return False
    if any(array.shape[1:] != batches[name].shape for name, array in found.items()):
        return False
    for name, array in found.items():
        batches[name].add_rows(array)
    return True


def _add_element(element: Any, index: int, batches: dict[str, _Batch], *, named: bool) -> None:
    if named != _is_row(element):
        expected = "object but got list" if named else "value/list but got object"
        refuse(f"Expecting {expected} at item {index} of input list")
    (_add_row if named else _add_value)(element, index, batches)


def _is_row(element: Any) -> bool:
    return is_object(element) and not is_base64(element)


def _add_row(row: Any, index: int, batches: dict[str, _Batch]) -> None:
    seen = set()
    for name, value in members(row):
        # TensorFlow Serving would put the second of equal keys into the next row.
        if name in seen:
            continue
        seen.add(name)
        try:
            if name not in batches:
                refuse(f"JSON object: does not have named input: {name}")
            batches[name].add(value)
        except ServingError as error:
            refuse(f"Failed to process element: {index} key: {name} of 'instances' list. Error: {_status(error)}")
    if seen != batches.keys():
        names = ",".join(sorted(batches))
        refuse(
            f"Failed to process element: {index} of 'instances' list. JSON object: {shown(row)} "
            f"keys must be equal to: {names}"
        )


def _add_value(element: Any, index: int, batches: dict[str, _Batch]) -> None:
    try:
        next(iter(batches.values())).add(element)
    except ServingError as error:
        refuse(f"Failed to process element: {index} of 'instances' list. Error: {_status(error)}")


def _status(error: ServingError) -> str:
    return f"{error.code.name}: {error.message}"


def _column(value: Any, dtype: int) -> np.ndarray:
    values, shape = _cell(value, dtype)
    return _kind(dtype, value).array(values).reshape(shape)


def _cell(element: Any, dtype: int) -> tuple[list[Any], Shape]:
    """Return the values of an element, and its shape by the first values of its lists."""
    shape: list[int] = []
    first = element
    while isinstance(first, list) and not is_object(first):
        shape.append(len(first))
        if not first:
            break
        first = first[0]
    if len(shape) > MOST_DIMENSIONS:
        refuse(f"JSON Value has {len(shape)} dimensions, at most {MOST_DIMENSIONS} are taken")
    return list(_leaves(element, 0, tuple(shape), dtype)), tuple(shape)


def _leaves(value: Any, level: int, shape: Shape, dtype: int) -> Iterable[Any]:
    if isinstance(value, list) and not is_object(value):
        if level >= len(shape):
            refuse(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
        if len(value) != shape[level]:
            where = f"at level: {level} expected size: {shape[level]}"
            refuse(f"Encountered list at unexpected size: {len(value)} {where}")
        if level == len(shape) - 1 and _fits(value, dtype):
            yield from map(text_bytes, value) if name_of(dtype) == "string" else value
            return
        for element in value:
            yield from _leaves(element, level + 1, shape, dtype)
        return
    if level != len(shape):
        where = f"found at incorrect level: {level + 1} in the JSON DOM. Expected at level: {len(shape)}"
        refuse(f"JSON Value: {shown(value)} {where}")
    yield _leaf(value, dtype)


def _fits(values: list[Any], dtype: int) -> bool:
    """Return whether every value of a list is one of a type."""
    kind = KINDS.get(dtype)
    if kind is None or not values or not set(map(type, values)) <= kind.types:
        return False
    return kind.low is None or (kind.low <= min(values) and max(values) <= kind.high)


def _leaf(value: Any, dtype: int) -> Any:
    if is_object(value) and name_of(dtype) == "string":
        return base64_bytes(value)
    kind = KINDS.get(dtype)
    if is_object(value) or (kind and not kind.takes(value)):
        expected = f"is not of expected type: {name_of(dtype)}"
        refuse(f"JSON Value: {shown(value)} Type: {type_of(value)} {expected}")
    return text_bytes(value) if _kind(dtype, value).dtype is object else value


def _kind(dtype: int, value: Any) -> Any:
    if dtype not in KINDS:
        text = f"Conversion of JSON Value: {shown(value)} to type: {name_of(dtype)}"
        raise ServingError(Code.UNIMPLEMENTED, text)
    return KINDS[dtype]


def _shown_shape(shape: Shape) -> str:
    return f"[{','.join(map(str, shape))}]"
