"""The `preprocessing_fn` of Transform: raw columns to model features, built from the FeatureSpec.

A missing value never becomes a silent zero: a number gets the mean and a raised flag, a category gets index 0, which
no value shares.
"""

import math
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from modules.features import CYCLES, OUT_OF_VOCABULARY_BUCKETS, Feature, FeatureSpec, transformed_name

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
    outputs: Tensors = {}
    for feature in spec.features:
        outputs.update(_ENCODERS[feature.role](inputs[feature.name], feature, spec))
    outputs[transformed_name(spec.label)] = _label(inputs[spec.label], spec)
    return outputs


def dense(column: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the values of a column, zero or empty where missing, and whether each is present; both of shape [batch]."""
    if not isinstance(column, tf.SparseTensor):
        values = tf.reshape(column, [-1])
        return values, _present(values)
    rows = tf.SparseTensor(column.indices, column.values, [column.dense_shape[0], 1])
    present = tf.SparseTensor(rows.indices, _present(rows.values), rows.dense_shape)
    return tf.reshape(tf.sparse.to_dense(rows), [-1]), tf.reshape(tf.sparse.to_dense(present), [-1])


def _present(values: tf.Tensor) -> tf.Tensor:
    if values.dtype == tf.string:
        return tf.not_equal(values, "")
    return tf.logical_not(tf.math.is_nan(values)) if values.dtype.is_floating else tf.ones_like(values, tf.bool)


def _flag(present: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.logical_not(present), tf.float32)


def _scaled(values: tf.Tensor, present: tf.Tensor) -> tf.Tensor:
    """Return the z-score over the present values, and zero (their mean) elsewhere."""
    rows = tf.where(present)
    scores = tft.scale_to_z_score(
        tf.SparseTensor(tf.pad(rows, [[0, 0], [0, 1]]), tf.boolean_mask(values, present), [tf.size(values, tf.int64), 1])
    )
    return tf.reshape(tf.sparse.to_dense(scores), [-1])


def _waves(angle: tf.Tensor, present: tf.Tensor, name: str, prefix: str = "") -> Tensors:
    mask = tf.cast(present, tf.float32)
    return {
        transformed_name(name, f"{prefix}sin"): tf.sin(angle) * mask,
        transformed_name(name, f"{prefix}cos"): tf.cos(angle) * mask,
    }


def _numeric(column: Any, feature: Feature, spec: FeatureSpec) -> Tensors:
    values, present = dense(column)
    return {
        transformed_name(feature.name): _scaled(tf.cast(values, tf.float32), present),
        transformed_name(feature.name, "missing"): _flag(present),
    }


def _boolean(column: Any, feature: Feature, spec: FeatureSpec) -> Tensors:
    values, present = dense(column)
    return {
        transformed_name(feature.name): tf.cast(values, tf.float32) * tf.cast(present, tf.float32),
        transformed_name(feature.name, "missing"): _flag(present),
    }


def _cyclic(column: Any, feature: Feature, spec: FeatureSpec) -> Tensors:
    values, present = dense(column)
    period, first = CYCLES[feature.role]
    angle = (tf.cast(values, tf.float32) - first) * (2 * math.pi / period)
    return {
        **_waves(angle, present, feature.name),
        transformed_name(feature.name, "missing"): _flag(present),
    }


def _timestamp(column: Any, feature: Feature, spec: FeatureSpec) -> Tensors:
    """Encode seconds since 1970-01-01 UTC: the day as a number; hour, weekday and time of year as angles."""
    values, present = dense(column)
    seconds = tf.cast(values, tf.int64)
    outputs = {
        transformed_name(feature.name): _scaled(tf.cast(tf.cast(seconds, tf.float64) / _DAY, tf.float32), present),
        transformed_name(feature.name, "missing"): _flag(present),
    }
    for cycle, period in _PERIODS.items():
        fraction = tf.cast(tf.math.floormod(seconds, period), tf.float64) / period
        angle = tf.cast(fraction * (2 * math.pi), tf.float32)
        outputs.update(_waves(angle, present, feature.name, f"{cycle}_"))
    return outputs


def _categorical(column: Any, feature: Feature, spec: FeatureSpec) -> Tensors:
    values, present = dense(column)
    text = values if values.dtype == tf.string else tf.strings.as_string(values)
    rows = tf.where(present)
    indices = tft.compute_and_apply_vocabulary(
        tf.SparseTensor(tf.pad(rows, [[0, 0], [0, 1]]), tf.boolean_mask(text, present), [tf.size(text, tf.int64), 1]),
        top_k=spec.vocabulary_size,
        num_oov_buckets=OUT_OF_VOCABULARY_BUCKETS,
        vocab_filename=vocabulary_name(feature.name),
    )
    shifted = tf.SparseTensor(indices.indices, indices.values + 1, indices.dense_shape)
    return {transformed_name(feature.name): tf.reshape(tf.sparse.to_dense(shifted), [-1])}


def vocabulary_name(column: str) -> str:
    """Return the name of a column's vocabulary file: letters and digits stay, all else is written as its code."""
    return "vocabulary_" + "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in column)


def _label(column: Any, spec: FeatureSpec) -> tf.Tensor:
    values, _ = dense(column)
    if spec.task != "multiclass":
        return tf.cast(values, tf.float32)
    text = values if values.dtype == tf.string else tf.strings.as_string(values)
    return tft.compute_and_apply_vocabulary(text, vocab_filename=vocabulary_name(spec.label))


_ENCODERS = {
    "numeric": _numeric,
    "boolean": _boolean,
    "categorical": _categorical,
    "timestamp": _timestamp,
    **{cycle: _cyclic for cycle in CYCLES},
}
