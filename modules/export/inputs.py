"""The columns of the signature `serving_default`: their types, and their conversion to those of tf.io.parse_example.

Text is text. A number is float64 if the column has integers, and float32 if it has floats. Missing is NaN or empty
text. Lists of numbers have the shape [batch, width]; a missing one is all NaN. A category with integers that float64
cannot represent is text: the integers in decimal digits.
"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

# Every integer up to this is exact in float64.
EXACT = 2**53
_MIN, _BEYOND_MAX = float(-(2**63)), float(2**63)

Tensors = Mapping[str, tf.Tensor]


def wide_integers(raw: Mapping[str, Any], vocabularies: Mapping[str, list[str]]) -> set[str]:
    """Return the columns of integers whose vocabulary has one that float64 may not represent."""
    integers = [name for name, kind in raw.items() if kind.dtype == tf.int64]
    return {name for name in integers if any(abs(int(value)) > EXACT for value in vocabularies.get(name, []))}


def served_type(dtype: tf.DType, is_wide: bool) -> tf.DType:
    """Return the type of a column's input; integers are float64 if it can represent them, so that NaN is missing."""
    if dtype != tf.int64:
        return dtype
    return tf.string if is_wide else tf.float64


def as_parsed(columns: Tensors, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return served columns as tf.io.parse_example would return them.

    Columns of one type are processed together, which takes fewer operations.
    """
    _check(columns, raw)
    parsed: dict[str, Any] = {}
    by_type: dict[tuple[tf.DType, tf.DType], list[str]] = {}
    for name, kind in raw.items():
        if not isinstance(kind, tf.io.VarLenFeature):
            parsed[name] = tf.reshape(_converted(columns[name], kind.dtype), [-1, *kind.shape])
        elif columns[name].shape.rank == 2:
            # A missing number of a list leaves a gap, so that the others keep their positions.
            present = _present(columns[name])
            values = _converted(tf.boolean_mask(columns[name], present), kind.dtype)
            parsed[name] = tf.SparseTensor(tf.where(present), values, tf.shape(columns[name], tf.int64))
        else:
            by_type.setdefault((columns[name].dtype, kind.dtype), []).append(name)
    for (_, dtype), names in by_type.items():
        parsed.update(zip(names, _as_sparse([columns[name] for name in names], dtype), strict=True))
    return parsed


def _as_sparse(columns: list[tf.Tensor], dtype: tf.DType) -> list[tf.SparseTensor]:
    """Return columns [batch] of one type without missing values."""
    values = tf.stack(columns)
    present = _present(values)
    sizes = tf.math.count_nonzero(present, axis=1)
    rows = tf.pad(tf.where(present)[:, 1:], [[0, 0], [0, 1]])
    converted = _converted(tf.boolean_mask(values, present), dtype)
    shape = tf.stack([tf.shape(values, tf.int64)[1], 1])
    parts = zip(*(tf.split(part, sizes, num=len(columns)) for part in (rows, converted)), strict=True)
    return [tf.SparseTensor(indices, column, shape) for indices, column in parts]


def _present(values: tf.Tensor) -> tf.Tensor:
    return tf.not_equal(values, "") if values.dtype == tf.string else tf.logical_not(tf.math.is_nan(values))


def _converted(values: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """Return values as the type of their column."""
    if values.dtype == tf.string and dtype != tf.string:
        return tf.strings.to_number(values, dtype)
    converted = tf.cast(values, dtype)
    if dtype != tf.int64 or values.dtype == tf.int64:
        return converted
    # float64 cannot represent the greatest integer; the nearest float64 is greater.
    return tf.where(values >= _BEYOND_MAX, dtype.max, converted)


def _check(columns: Tensors, raw: Mapping[str, Any]) -> None:
    """Fail a request if a column of integers has a value that is no 64-bit integer, by one assertion for all columns.

    A missing value fails as well, in a column that is required.
    """
    integers = [name for name, kind in raw.items() if kind.dtype == tf.int64 and columns[name].dtype == tf.float64]
    groups: dict[tuple[bool, int | None], list[str]] = {}
    for name in integers:
        may_miss = isinstance(raw[name], tf.io.VarLenFeature)
        width = columns[name].shape[1] if columns[name].shape.rank == 2 else None
        groups.setdefault((may_miss, width), []).append(name)
    if not integers:
        return
    names = [name for group in groups.values() for name in group]
    faults = tf.concat(
        [_faulty([columns[name] for name in group], may_miss) for (may_miss, _), group in groups.items()], axis=0
    )
    listed = tf.strings.reduce_join(tf.boolean_mask(tf.constant(names), faults), separator=", ")
    message = "not whole numbers of 64 bits, or missing where a value is needed, in "
    # A tf.function runs operations with side effects although no output depends on them.
    tf.debugging.Assert(tf.logical_not(tf.reduce_any(faults)), [tf.strings.join([message, listed])])


def _faulty(columns: list[tf.Tensor], may_miss: bool) -> tf.Tensor:
    """Return which columns of one shape have a value that is no 64-bit integer."""
    values = tf.stack(columns)
    is_whole = (tf.floor(values) == values) & (values >= _MIN) & (values <= _BEYOND_MAX)
    fits = is_whole | tf.math.is_nan(values) if may_miss else is_whole
    return tf.logical_not(tf.reduce_all(tf.reshape(fits, [len(columns), -1]), axis=1))
