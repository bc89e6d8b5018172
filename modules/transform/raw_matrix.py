"""Raw columns in one tensor: numbers as a matrix, categories and texts as a list of values.

The analysis (`modules.transform.in_process`) and the transform (`modules.preprocessing`) both start from it.
"""

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from modules.transform import texts
from modules.transform.analyzers import MAX_DISTINCT
from modules.transform.column_groups import SCALED, category_columns, number_columns
from modules.transform.graph import batch_size
from penstock.core.features import Feature, FeatureSpec

DAY = 86_400


def analyzer_inputs(inputs: dict[str, Any], spec: FeatureSpec) -> tuple[tf.Tensor, ...]:
    """Return the input of the analyzers.

    Numbers [batch, columns]; the values of all categories, and the column of each value; document frequencies
    [1, sums].
    """
    numbers = number_columns(spec)
    batch = batch_size(inputs[spec.features[0].name])
    values, _, columns = present_values([inputs[name] for name in category_columns(spec)])
    scaled = scaled_columns(numbers, matrix([inputs[feature.name] for feature in numbers], batch))
    measured = tf.concat([scaled, *lists(inputs, spec, batch)], axis=1)
    names = spec.names("text")
    frequencies = texts.document_frequencies(counts(inputs, spec, batch)) if names else tf.zeros([1, 0])
    return measured, values, columns, frequencies


def vocabulary_limits(spec: FeatureSpec) -> list[int]:
    """Return the maximum size of each vocabulary."""
    # Every class of the label is needed, however many there are.
    return [MAX_DISTINCT if name == spec.label else spec.vocabulary_size for name in category_columns(spec)]


def scaled_columns(numbers: list[Feature], values: tf.Tensor) -> tf.Tensor:
    """Return the columns of a matrix that become z-scores, timestamps in days."""
    units = [DAY if feature.role == "timestamp" else 1 for feature in numbers if feature.role in SCALED]
    return values[:, : len(units)] / tf.constant(units, tf.float64)


def matrix(columns: list[Any], batch: tf.Tensor) -> tf.Tensor:
    """Return columns of numbers as float64 [batch, columns], NaN where missing."""
    sparse = [place for place, column in enumerate(columns) if isinstance(column, tf.SparseTensor)]
    others = [place for place, column in enumerate(columns) if not isinstance(column, tf.SparseTensor)]
    found = tf.fill(tf.stack([batch, len(sparse)]), tf.constant(math.nan, tf.float64))
    if sparse:
        values, rows, numbers = _present([columns[place] for place in sparse], _double)
        found = tf.tensor_scatter_nd_update(found, tf.stack([rows, numbers], axis=1), values)
    if not others:
        return tf.ensure_shape(found, [None, len(columns)])
    parts = [found, *(_double(tf.reshape(columns[place], [-1, 1])) for place in others)]
    order = sorted(range(len(columns)), key=[*sparse, *others].__getitem__)
    return tf.gather(tf.concat(parts, axis=1), order, axis=1)


def dense(column: Any) -> tf.Tensor:
    """Return a column of numbers as float64 [batch], NaN where missing."""
    return matrix([column], batch_size(column))[:, 0]


def _double(values: tf.Tensor) -> tf.Tensor:
    return tf.cast(values, tf.float64)


def _present(
    columns: list[tf.SparseTensor], converted: Callable[[tf.Tensor], tf.Tensor]
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the values of sparse columns, converted to one type, with the row and column of each.

    Columns of one type are processed together: tracing one operation for each of 2,000 columns takes minutes.
    """
    values, rows, numbers = [], [], []
    for kind in dict.fromkeys(column.dtype for column in columns):
        places = [place for place, column in enumerate(columns) if column.dtype == kind]
        mine = [columns[place] for place in places]
        values.append(converted(tf.concat([column.values for column in mine], axis=0)))
        rows.append(tf.concat([column.indices for column in mine], axis=0)[:, 0])
        sizes = tf.stack([tf.size(column.values) for column in mine])
        numbers.append(tf.gather(tf.constant(places, tf.int64), _owners(sizes)))
    return tf.concat(values, axis=0), tf.concat(rows, axis=0), tf.concat(numbers, axis=0)


def _owners(sizes: tf.Tensor) -> tf.Tensor:
    """Return the position of the column of each value, for columns of such sizes one after the other.

    `tf.repeat` takes 25 operations for it.
    """
    ends = tf.cumsum(sizes)
    # Each end but the last one begins the next column; columns without values begin at the same place.
    begins = tf.scatter_nd(ends[:-1, None], tf.ones_like(ends[:-1]), ends[-1:] + 1)
    return tf.cumsum(begins)[:-1]


def lists(inputs: dict[str, Any], spec: FeatureSpec, batch: tf.Tensor) -> list[tf.Tensor]:
    """Return the columns of lists as float64 [batch, width], NaN for what is missing."""
    return [_list(inputs[each.name], each.width, batch) for each in spec.features if each.role == "vector"]


def _list(column: Any, width: int, batch: tf.Tensor) -> tf.Tensor:
    if not isinstance(column, tf.SparseTensor):
        return tf.cast(tf.reshape(column, [-1, width]), tf.float64)
    within = column.indices[:, 1] < width
    indices, values = tf.boolean_mask(column.indices, within), tf.boolean_mask(column.values, within)
    empty = tf.fill(tf.stack([batch, width]), tf.constant(math.nan, tf.float64))
    return tf.ensure_shape(tf.tensor_scatter_nd_update(empty, indices, tf.cast(values, tf.float64)), [None, width])


def counts(inputs: dict[str, Any], spec: FeatureSpec, batch: tf.Tensor) -> texts.Counts:
    """Return the term counts of the columns of text."""
    names = spec.names("text")
    return texts.count(*present_values([inputs[name] for name in names]), (batch, len(names), spec.text_buckets))


def present_values(columns: list[Any]) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the present values of all columns as text, one after the other, with the row and column of each.

    Empty text is missing, whether an example leaves it out or not.
    """
    if not columns:
        return tf.zeros([0], tf.string), tf.zeros([0], tf.int64), tf.zeros([0], tf.int64)
    values, rows, numbers = _present([_sparse(column) for column in columns], _text)
    present = tf.where(tf.not_equal(values, ""))[:, 0]
    return tf.gather(values, present), tf.gather(rows, present), tf.gather(numbers, present)


def _sparse(column: Any) -> tf.SparseTensor:
    if isinstance(column, tf.SparseTensor):
        return column
    values = tf.reshape(column, [-1, 1])
    places = tf.where(tf.ones_like(values, tf.bool))
    return tf.SparseTensor(places, tf.reshape(values, [-1]), tf.shape(values, tf.int64))


def _text(values: tf.Tensor) -> tf.Tensor:
    return values if values.dtype == tf.string else tf.strings.as_string(values)
