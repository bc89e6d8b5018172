"""Makes tensors of parsed JSON by whole columns, without a step of Python for each number.

Only what TensorFlow Serving takes without an error is read; for anything else `Irregular` is raised, and
`penstock.server.rest.json.values` reads it value by value.
"""

from collections.abc import Mapping
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np

from penstock.server.errors import ServingError
from penstock.server.models.signature import TensorInfo
from penstock.server.rest.json.dtypes import KINDS, STRING, STRING_READERS
from penstock.server.rest.json.parsing import Irregular

# NumPy's limit, less the dimension of the batch.
MOST_DIMENSIONS = 31

Tensors = dict[str, np.ndarray]
Inputs = Mapping[str, TensorInfo]


def rows(instances: list[Any], inputs: Inputs) -> tuple[Tensors, int]:
    """Return the tensors of `instances`, and how many keys were read."""
    if not instances:
        raise Irregular
    if len(inputs) == 1 and type(instances[0]) is not dict:
        return _single(instances, inputs)
    if set(map(type, instances)) != {dict}:
        raise Irregular
    if len(inputs) == 1 and "b64" in instances[0]:
        return _single(instances, inputs)
    if set(map(len, instances)) != {len(inputs)}:
        raise Irregular
    tensors, keys = {}, len(inputs) * len(instances)
    for name, info in inputs.items():
        try:
            column = list(map(itemgetter(name), instances))
        except KeyError as error:
            raise Irregular from error
        tensors[name], more = tensor(column, info.dtype)
        keys += more
    return tensors, keys


def columns(values: Any, inputs: Inputs) -> tuple[Tensors, int]:
    """Return the tensors of `inputs`, and how many keys were read."""
    if type(values) is not dict:
        return _single(values, inputs)
    if len(inputs) == 1 and "b64" in values and len(values) == 1:
        raise Irregular
    tensors, keys = {}, len(values)
    for name, info in inputs.items():
        if name not in values:
            raise Irregular
        tensors[name], more = tensor(values[name], info.dtype)
        keys += more
    # What is ignored could contain keys that nobody counted.
    if any(isinstance(value, list | dict) for name, value in values.items() if name not in inputs):
        raise Irregular
    return tensors, keys


def tensor(value: Any, dtype: int) -> tuple[np.ndarray, int]:
    """Return a value, or nested lists of them, as a tensor, and how many keys were read."""
    kind = KINDS.get(dtype)
    if kind is None:
        raise Irregular
    flat, shape = flattened(value) if type(value) is list else ([value], ())
    types = set(map(type, flat))
    keys = 0
    if kind is STRING:
        keys = len(flat) if types == {dict} else 0
        flat = _strings(flat, types)
    elif not types <= kind.types:
        raise Irregular
    return kind.array(flat).reshape(shape), keys


def flattened(values: list[Any]) -> tuple[list[Any], tuple[int, ...]]:
    """Return the values of nested lists of equal lengths, row by row, and their shape."""
    shape = [len(values)]
    while list in (types := set(map(type, values))):
        lengths = set(map(len, values)) if len(types) == 1 else set()
        if len(lengths) != 1 or len(shape) == MOST_DIMENSIONS:
            raise Irregular
        shape += lengths
        values = list(chain.from_iterable(values))
    return values, tuple(shape)


def _strings(values: list[Any], types: set[type]) -> list[bytes]:
    if len(types) > 1 or not types <= STRING_READERS.keys():
        raise Irregular
    try:
        return [value for kind in types for value in map(STRING_READERS[kind], values)]
    except (ServingError, UnicodeEncodeError) as error:
        raise Irregular from error


def _single(value: Any, inputs: Inputs) -> tuple[Tensors, int]:
    if len(inputs) != 1:
        raise Irregular
    [(name, info)] = inputs.items()
    found, keys = tensor(value, info.dtype)
    return {name: found}, keys
