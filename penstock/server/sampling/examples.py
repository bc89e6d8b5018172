"""Serialized `tf.Example`s as columns.

A request with examples is one text for each row, in which a column could be neither left out, hashed nor compared.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

_TYPES = {"bytes_list": pa.binary(), "float_list": pa.float32(), "int64_list": pa.int64()}
# Of a client that makes names up.
_MOST_FEATURES, _LONGEST_NAME = 1000, 200


def columns_of_examples(serialized: Sequence[bytes]) -> dict[str, pa.Array] | None:
    """Return the features of some examples as columns; None if the texts are not examples.

    A feature without values is missing. A column has lists if a row has several values.
    """
    examples = _examples(serialized)
    if examples is None:
        return None
    kinds: dict[str, str] = {}
    for example in examples:
        for name, feature in example.features.feature.items():
            kind = feature.WhichOneof("kind")
            if kind and len(name) <= _LONGEST_NAME and (name in kinds or len(kinds) < _MOST_FEATURES):
                kinds.setdefault(name, kind)
    return {name: _column(examples, name, kinds[name]) for name in sorted(kinds)}


def _examples(serialized: Sequence[bytes]) -> list[Any] | None:
    if not any(serialized):
        return None
    from google.protobuf.message import DecodeError
    from tensorflow.core.example.example_pb2 import Example

    found = []
    try:
        for text in serialized:
            example = Example.FromString(text)
            size = example.ByteSize()
            example.DiscardUnknownFields()
            if example.ByteSize() != size:
                return None
            found.append(example)
    except DecodeError:
        return None
    return found if any(example.features.feature for example in found) else None


def _column(examples: Sequence[Any], name: str, kind: str) -> pa.Array:
    rows = [_values(example, name, kind) for example in examples]
    if any(len(row) > 1 for row in rows):
        return _text_of(pa.array([row or None for row in rows], pa.list_(_TYPES[kind])))
    return _text_of(pa.array([row[0] if row else None for row in rows], _TYPES[kind]))


def _values(example: Any, name: str, kind: str) -> list[Any]:
    features = example.features.feature
    # A map of protocol buffers makes what it is asked for.
    return list(getattr(features[name], kind).value) if name in features else []


def _text_of(column: pa.Array) -> pa.Array:
    """Return bytes as text if all of them are UTF-8."""
    if pa.types.is_list(column.type):
        text = column.type.value_type == pa.binary()
        return _cast(column, pa.list_(pa.string())) if text else column
    return _cast(column, pa.string()) if column.type == pa.binary() else column


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return column.cast(kind)
    except pa.ArrowInvalid:
        return column
