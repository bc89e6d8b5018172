"""The columns of golden rows as `serving_default` takes them in JSON, from decoded examples."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

Input = Mapping[str, Any]


def served_columns(
    batch: pa.RecordBatch, inputs: Mapping[str, Input], names: Mapping[str, str]
) -> dict[str, list[Any]]:
    """Return the values of each input: text is empty if it is missing, and a number is None.

    Args:
        batch: The decoded examples: columns of lists.
        inputs: The type and the shape of each input of the signature.
        names: The column of each input.
    """
    return {name: _column(batch, names.get(name, name), kind) for name, kind in inputs.items()}


def _column(batch: pa.RecordBatch, name: str, kind: Input) -> list[Any]:
    place = batch.schema.get_field_index(name)
    rows = batch.column(place).to_pylist() if place >= 0 else [None] * batch.num_rows
    written = _WRITTEN.get(kind["type"], _number)
    shape = kind["shape"] or [None]
    if len(shape) > 1 and shape[1]:
        width = shape[1]
        return [_padded([written(value) for value in row or ()], width) for row in rows]
    missing = "" if kind["type"] == "string" else None
    return [written(row[0]) if row else missing for row in rows]


def _padded(values: list[Any], width: int) -> list[Any]:
    return [*values[:width], *[None] * (width - len(values))]


def _text(value: Any) -> Any:
    """Return text, integers in decimal digits, and what is no UTF-8 in base64."""
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode()}


def _number(value: Any) -> Any:
    return None if value != value else value  # NaN


def _float32(value: Any) -> Any:
    """Return a number with as few digits as float32 needs."""
    return None if value != value else float(str(np.float32(value)))


_WRITTEN: Mapping[str, Callable[[Any], Any]] = {"string": _text, "float32": _float32}
