"""The `preprocessing_fn` of Transform: raw columns to model features, built from the FeatureSpec.

A missing value never becomes a silent zero: a number gets the mean and a raised flag, a category gets index 0, which
no value shares. Columns of a role are worked on side by side, as one matrix: Transform traces this function many times,
and its time goes with the number of operations, not of rows.
"""

import math
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from modules.features import CYCLES, OUT_OF_VOCABULARY_BUCKETS, FeatureSpec, transformed_name

_DAY, _WEEK, _YEAR = 86_400, 604_800, 31_556_952
_PERIODS = {"hour": _DAY, "weekday": _WEEK, "month": _YEAR}

Tensors = dict[str, tf.Tensor]


def preprocessing_fn(inputs: dict[str, Any], custom_config: dict[str, Any]) -> Tensors:
    """Return the transformed columns, each of shape [batch].

    Args:
        inputs: The raw columns, sparse or dense, as the schema says.
        custom_config: `features`, the FeatureSpec as JSON.
    """
    spec = FeatureSpec.from_json(custom_config["features"])
    timestamps = spec.names("timestamp")
    outputs: Tensors = {}
    for names, encode in (
        (spec.names("numeric"), _numeric),
        (spec.names("boolean"), _boolean),
        (timestamps, _timestamps),
    ):
        if names:
            outputs.update(encode(names, _matrix([inputs[name] for name in names])))
    cyclic = [feature for feature in spec.features if feature.role in CYCLES]
    if cyclic:
        outputs.update(_cyclic(cyclic, _matrix([inputs[feature.name] for feature in cyclic])))
    for name in spec.names("categorical"):
        outputs[transformed_name(name)] = _category(inputs[name], name, spec)
    outputs[transformed_name(spec.label)] = _label(inputs[spec.label], spec)
    return outputs


def vocabulary_name(column: str) -> str:
    """Return the name of a column's vocabulary file: letters and digits stay, all else is written as its code."""
    return "vocabulary_" + "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in column)


def _matrix(columns: list[Any]) -> tf.Tensor:
    """Return columns of numbers side by side, float64 [batch, columns], NaN where missing."""
    return tf.stack([_dense(column) for column in columns], axis=1)


def _dense(column: Any) -> tf.Tensor:
    """Return a column of numbers as float64 [batch], NaN where missing."""
    if not isinstance(column, tf.SparseTensor):
        return tf.cast(tf.reshape(column, [-1]), tf.float64)
    empty = tf.fill(column.dense_shape[:1], tf.constant(math.nan, tf.float64))
    return tf.tensor_scatter_nd_update(empty, column.indices[:, :1], tf.cast(column.values, tf.float64))


def _split(matrix: tf.Tensor, names: list[str], part: str = "") -> Tensors:
    columns = tf.unstack(tf.cast(matrix, tf.float32), num=len(names), axis=1)
    return {transformed_name(name, part): column for name, column in zip(names, columns, strict=True)}


def _or_zero(present: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    return tf.where(present, values, tf.zeros_like(values))


def _scaled(values: tf.Tensor, present: tf.Tensor) -> tf.Tensor:
    """Return each column's z-score over its present values, and zero (their mean) elsewhere."""
    known = _or_zero(present, values)
    sums = tft.sum(tf.concat([known, known * known, tf.cast(present, tf.float64)], axis=1), reduce_instance_dims=False)
    total, squares, rows = tf.split(sums, 3)
    mean = tf.math.divide_no_nan(total, rows)
    variance = tf.math.divide_no_nan(squares, rows) - mean * mean
    # What rounding leaves of a constant column's variance is no variance.
    spread = tf.where(variance > 1e-12 * mean * mean, tf.sqrt(tf.maximum(variance, 0.0)), tf.zeros_like(variance))
    return _or_zero(present, tf.math.divide_no_nan(values - mean, spread))


def _numeric(names: list[str], values: tf.Tensor) -> Tensors:
    present = tf.math.is_finite(values)
    return {**_split(_scaled(values, present), names), **_split(~present, names, "missing")}


def _boolean(names: list[str], values: tf.Tensor) -> Tensors:
    present = tf.math.is_finite(values)
    return {**_split(_or_zero(present, values), names), **_split(~present, names, "missing")}


def _cyclic(features: list[Any], values: tf.Tensor) -> Tensors:
    names = [feature.name for feature in features]
    periods, firsts = zip(*(CYCLES[feature.role] for feature in features), strict=True)
    present = tf.math.is_finite(values)
    turns = (values - tf.constant(firsts, tf.float64)) / tf.constant(periods, tf.float64)
    return {**_waves(turns, present, names), **_split(~present, names, "missing")}


def _timestamps(names: list[str], values: tf.Tensor) -> Tensors:
    """Encode seconds since 1970-01-01 UTC: the day as a number; hour, weekday and time of year as angles."""
    present = tf.math.is_finite(values)
    outputs = {**_split(_scaled(values / _DAY, present), names), **_split(~present, names, "missing")}
    for cycle, period in _PERIODS.items():
        outputs.update(_waves(values / period, present, names, f"{cycle}_"))
    return outputs


def _waves(turns: tf.Tensor, present: tf.Tensor, names: list[str], prefix: str = "") -> Tensors:
    angle = turns * (2 * math.pi)
    return {
        **_split(_or_zero(present, tf.sin(angle)), names, f"{prefix}sin"),
        **_split(_or_zero(present, tf.cos(angle)), names, f"{prefix}cos"),
    }


def _category(column: Any, name: str, spec: FeatureSpec) -> tf.Tensor:
    """Return 0 for missing, then the vocabulary by falling frequency from 1, then the out-of-vocabulary buckets."""
    indices = tft.compute_and_apply_vocabulary(
        _text(_one_per_row(column)),
        top_k=spec.vocabulary_size,
        num_oov_buckets=OUT_OF_VOCABULARY_BUCKETS,
        vocab_filename=vocabulary_name(name),
    )
    if not isinstance(indices, tf.SparseTensor):
        return indices + 1
    return tf.scatter_nd(indices.indices[:, :1], indices.values + 1, indices.dense_shape[:1])


def _one_per_row(column: Any) -> Any:
    return column if isinstance(column, tf.SparseTensor) else tf.reshape(column, [-1])


def _text(column: Any) -> Any:
    if isinstance(column, tf.SparseTensor):
        return tf.SparseTensor(column.indices, _text(column.values), column.dense_shape)
    return column if column.dtype == tf.string else tf.strings.as_string(column)


def _label(column: Any, spec: FeatureSpec) -> tf.Tensor:
    if spec.task != "multiclass":
        return tf.cast(_dense(column), tf.float32)
    classes = tft.compute_and_apply_vocabulary(_text(_one_per_row(column)), vocab_filename=vocabulary_name(spec.label))
    if not isinstance(classes, tf.SparseTensor):
        return classes
    return tf.scatter_nd(classes.indices[:, :1], classes.values, classes.dense_shape[:1])
