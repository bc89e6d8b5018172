"""The columns of the signature `serving_default`: their types, and how they become what tf.io.parse_example gives.

Text is text. A number is float64 where the column holds integers and float32 where it holds floats. Missing is NaN, or
empty text. Lists of numbers have the shape [batch, width]; a missing one is all NaN. A category whose integers float64
does not hold is text: the integers in decimal digits.
"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

# Each integer up to this is a float64.
EXACT = 2**53
_LEAST, _BEYOND = float(-(2**63)), float(2**63)

Tensors = Mapping[str, tf.Tensor]


def wide_integers(raw: Mapping[str, Any], vocabularies: Mapping[str, list[str]]) -> set[str]:
    """Return the columns of integers whose vocabulary holds one that float64 may not hold."""
    whole = [name for name, kind in raw.items() if kind.dtype == tf.int64]
    return {name for name in whole if any(abs(int(value)) > EXACT for value in vocabularies.get(name, []))}


def served_type(dtype: tf.DType, is_wide: bool) -> tf.DType:
    """Return the type of a column's input; integers are float64 where that holds them, so that NaN says "missing"."""
    if dtype != tf.int64:
        return dtype
    return tf.string if is_wide else tf.float64


def as_parsed(columns: Tensors, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return served columns in the form in which tf.io.parse_example would give them.

    Columns of one type are worked on together, which is fewer operations.
    """
    _check(columns, raw)
    parsed: dict[str, Any] = {}
    together: dict[tuple[tf.DType, tf.DType], list[str]] = {}
    for name, kind in raw.items():
        if not isinstance(kind, tf.io.VarLenFeature):
            parsed[name] = tf.reshape(_converted(columns[name], kind.dtype), [-1, *kind.shape])
        elif columns[name].shape.rank == 2:
            # What is missing within a list leaves a gap, so that the others keep their places.
            there = _present(columns[name])
            kept = _converted(tf.boolean_mask(columns[name], there), kind.dtype)
            parsed[name] = tf.SparseTensor(tf.where(there), kept, tf.shape(columns[name], tf.int64))
        else:
            together.setdefault((columns[name].dtype, kind.dtype), []).append(name)
    for (_, dtype), names in together.items():
        parsed.update(zip(names, _as_sparse([columns[name] for name in names], dtype), strict=True))
    return parsed


def _as_sparse(columns: list[tf.Tensor], dtype: tf.DType) -> list[tf.SparseTensor]:
    """Return columns [batch] of one type without what is missing."""
    values = tf.stack(columns)
    there = _present(values)
    sizes = tf.math.count_nonzero(there, axis=1)
    rows = tf.pad(tf.where(there)[:, 1:], [[0, 0], [0, 1]])
    kept = _converted(tf.boolean_mask(values, there), dtype)
    shape = tf.stack([tf.shape(values, tf.int64)[1], 1])
    parts = zip(*(tf.split(part, sizes, num=len(columns)) for part in (rows, kept)), strict=True)
    return [tf.SparseTensor(indices, mine, shape) for indices, mine in parts]


def _present(values: tf.Tensor) -> tf.Tensor:
    return tf.not_equal(values, "") if values.dtype == tf.string else tf.logical_not(tf.math.is_nan(values))


def _converted(values: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """Return values as the type of their column."""
    if values.dtype == tf.string and dtype != tf.string:
        return tf.strings.to_number(values, dtype)
    converted = tf.cast(values, dtype)
    if dtype != tf.int64 or values.dtype == tf.int64:
        return converted
    # The greatest integer is no float64; the nearest one is beyond it.
    return tf.where(values >= _BEYOND, dtype.max, converted)


def _check(columns: Tensors, raw: Mapping[str, Any]) -> None:
    """Let scoring fail where a column of integers holds what no 64-bit integer is, by one assertion for all of them.

    A missing value fails too, in a column that always has one.
    """
    whole = [name for name, kind in raw.items() if kind.dtype == tf.int64 and columns[name].dtype == tf.float64]
    groups: dict[tuple[bool, int | None], list[str]] = {}
    for name in whole:
        may_miss = isinstance(raw[name], tf.io.VarLenFeature)
        width = columns[name].shape[1] if columns[name].shape.rank == 2 else None
        groups.setdefault((may_miss, width), []).append(name)
    if not whole:
        return
    names = [name for group in groups.values() for name in group]
    faults = tf.concat(
        [_faulty([columns[name] for name in group], may_miss) for (may_miss, _), group in groups.items()], axis=0
    )
    listed = tf.strings.reduce_join(tf.boolean_mask(tf.constant(names), faults), separator=", ")
    told = "not whole numbers of 64 bits, or missing where a value is needed, in "
    # The graph of a function runs what has an effect, though no output hangs on it.
    tf.debugging.Assert(tf.logical_not(tf.reduce_any(faults)), [tf.strings.join([told, listed])])


def _faulty(columns: list[tf.Tensor], may_miss: bool) -> tf.Tensor:
    """Return which of some columns of one shape hold what is no 64-bit integer."""
    values = tf.stack(columns)
    is_whole = (tf.floor(values) == values) & (values >= _LEAST) & (values <= _BEYOND)
    fits = is_whole | tf.math.is_nan(values) if may_miss else is_whole
    return tf.logical_not(tf.reduce_all(tf.reshape(fits, [len(columns), -1]), axis=1))
