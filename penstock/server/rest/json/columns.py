"""Makes tensors of parsed JSON by whole columns, without a step of Python for each number.

Only what TensorFlow Serving takes without an error is read; for anything else `Irregular` is raised, and
`penstock.server.rest.json.values` reads it value by value.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from types import NoneType
from typing import Any

import numpy as np

from penstock.server.errors import ServingError
from penstock.server.models.signature import TensorInfo, TensorInfos
from penstock.server.rest.json.dtypes import KINDS, NUMBERS, STRING, STRING_READERS
from penstock.server.rest.json.parsing import Irregular, Read

# NumPy's limit, less the dimension of the batch.
MOST_DIMENSIONS = 31

Tensors = dict[str, np.ndarray]
Inputs = Mapping[str, TensorInfo]


def rows(instances: list[Any], inputs: Inputs, read: Read) -> Tensors:
    """Return the tensors of `instances`; count what was read."""
    if not instances:
        raise Irregular
    if len(inputs) == 1 and type(instances[0]) is not dict:
        return _single(instances, inputs, read)
    if set(map(type, instances)) != {dict}:
        raise Irregular
    if len(inputs) == 1 and "b64" in instances[0]:
        return _single(instances, inputs, read)
    if set(map(len, instances)) != {len(inputs)}:
        raise Irregular
    read.keys += len(inputs) * len(instances)
    found: Tensors = {}
    for dtype, names in by_dtype(inputs).items():
        found.update(zip(names, _tensors(instances, names, dtype, read), strict=True))
    return {name: found[name] for name in inputs}


def by_dtype(inputs: Inputs) -> Mapping[int, list[str]]:
    """Return the names of the inputs of each type; a signature knows them."""
    if isinstance(inputs, TensorInfos):
        return inputs.by_dtype
    return TensorInfos(inputs).by_dtype


def columns(values: Any, inputs: Inputs, read: Read) -> Tensors:
    """Return the tensors of `inputs`; count what was read."""
    if type(values) is not dict:
        return _single(values, inputs, read)
    if len(inputs) == 1 and "b64" in values and len(values) == 1:
        raise Irregular
    read.keys += len(values)
    if not inputs.keys() <= values.keys():
        raise Irregular
    # What is ignored could contain keys that nobody counted.
    if any(isinstance(value, list | dict) for name, value in values.items() if name not in inputs):
        raise Irregular
    return {name: tensor(values[name], info.dtype, read) for name, info in inputs.items()}


def tensor(value: Any, dtype: int, read: Read) -> np.ndarray:
    """Return a value, or nested lists of them, as a tensor; a tuple is a list. Count what was read."""
    kind = KINDS.get(dtype)
    if kind is None:
        raise Irregular
    flat, shape, types = flattened(value) if type(value) in (list, tuple) else ([value], (), {type(value)})
    if kind is STRING:
        flat = _strings(flat, types, read)
    elif NoneType in types and kind.types is NUMBERS:
        flat = _with_nans(flat, types, read)
    elif not types <= kind.types:
        raise Irregular
    found = kind.array(flat)
    return found if len(shape) == 1 else found.reshape(shape)


def flattened(values: Sequence[Any]) -> tuple[Sequence[Any], tuple[int, ...], set[type]]:
    """Return the values of nested lists of equal lengths, row by row, their shape, and their types."""
    shape = [len(values)]
    while list in (types := set(map(type, values))):
        lengths = set(map(len, values)) if len(types) == 1 else set()
        if len(lengths) != 1 or len(shape) == MOST_DIMENSIONS:
            raise Irregular
        shape += lengths
        values = list(chain.from_iterable(values))
    return values, tuple(shape), types


def _tensors(instances: list[Any], names: list[str], dtype: int, read: Read) -> Iterable[np.ndarray]:
    """Return the tensor of each name, all of one type, in objects that have the names.

    Columns of single values are read together, since each step in Python for a column takes as long as ten values.
    """
    try:
        found = list(map(itemgetter(*names), instances))
    except KeyError as error:
        raise Irregular from error
    if len(names) == 1:
        return [tensor(found, dtype, read)]
    flat = list(chain.from_iterable(found))
    types = set(map(type, flat))
    if list in types or (dict in types and len(types) > 1):
        return [tensor(column, dtype, read) for column in zip(*found, strict=True)]
    # Each column is contiguous.
    return np.ascontiguousarray(tensor(flat, dtype, read).reshape(len(instances), len(names)).T)


def _strings(values: Sequence[Any], types: set[type], read: Read) -> list[bytes]:
    if len(types) > 1 or not types <= STRING_READERS.keys():
        raise Irregular
    if types == {dict}:
        read.keys += len(values)
    try:
        found = [value for kind in types for value in map(STRING_READERS[kind], values)]
    except (ServingError, UnicodeEncodeError) as error:
        raise Irregular from error
    if dict not in types:
        read.colons += b"".join(found).count(b":")
    return found


def _with_nans(values: Sequence[Any], types: set[type], read: Read) -> list[Any]:
    if read.nans is None or not types <= {NoneType, *NUMBERS}:
        raise Irregular
    read.nans += values.count(None)
    return [math.nan if value is None else value for value in values]


def _single(value: Any, inputs: Inputs, read: Read) -> Tensors:
    if len(inputs) != 1:
        raise Irregular
    [(name, info)] = inputs.items()
    return {name: tensor(value, info.dtype, read)}
