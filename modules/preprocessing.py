"""The `preprocessing_fn` of Transform: raw columns to model features, built from the FeatureSpec.

A missing value never becomes a silent zero: a number is replaced by the mean and its flag is 1, a category has index 0,
which no value has. All columns are processed together, as one matrix of numbers and one list of categories, because
Transform traces this function many times, and tracing time depends on the number of operations, not of rows. Lists of
numbers are in the same matrix, after the scaled columns.
"""

import math
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from modules.transform import raw_matrix, texts
from modules.transform.analyzers import AnalyzerOutput, MomentsAnalyzer, SumsAnalyzer, VocabularyAnalyzer
from modules.transform.column_groups import SCALED, category_columns, number_columns, text_sums
from modules.transform.graph import batch_size
from modules.transform.raw_matrix import DAY, vocabulary_limits
from penstock.core.features import CYCLES, OUT_OF_VOCABULARY_BUCKETS, Feature, FeatureSpec, transformed_name
from penstock.core.vocabulary import FILE as VOCABULARY
from penstock.core.vocabulary import RECORD, UNIT

_WEEK, _YEAR = 604_800, 31_556_952
_PERIODS = {"hour": DAY, "weekday": _WEEK, "month": _YEAR}
# No training row can have such a z-score, since that takes 10**12 rows; a row to be served can.
_MAX_Z_SCORE = 1e6

Tensors = dict[str, tf.Tensor]


def preprocessing_fn(inputs: dict[str, Any], custom_config: dict[str, Any]) -> Tensors:
    """Return the transformed columns, each of shape [batch], or [batch, width] for text and lists of numbers.

    Args:
        inputs: The raw columns, sparse or dense, as the schema says.
        custom_config: `features`, the FeatureSpec as JSON; `analyzed`, the fields of an AnalyzerOutput, if the training
            rows have been analyzed. Without it TFT's analyzers run.
    """
    spec = FeatureSpec.from_json(custom_config["features"])
    analyzed = AnalyzerOutput(**custom_config["analyzed"]) if "analyzed" in custom_config else None
    numbers = number_columns(spec)
    # No feature may depend on the label: rows to be served have none, and TFT drops what needs it.
    batch = batch_size(inputs[spec.features[0].name])
    matrix = raw_matrix.matrix([inputs[feature.name] for feature in numbers], batch)
    lists = raw_matrix.lists(inputs, spec, batch)
    scaled = raw_matrix.scaled_columns(numbers, matrix)
    scores = _scores(tf.concat([scaled, *lists], axis=1) if lists else scaled, analyzed)
    outputs = _numbers(numbers, matrix, scores)
    outputs.update(_vectors(spec, lists, scores))
    outputs.update(_texts(inputs, spec, batch, analyzed))
    names = category_columns(spec)
    file = _vocabulary([inputs[name] for name in names], spec, analyzed) if names else None
    categories = spec.names("categorical")
    if categories:
        table = _indices([inputs[name] for name in categories], file, batch)
        indices = tf.unstack(table, num=len(categories), axis=1)
        outputs.update(zip(map(transformed_name, categories), indices, strict=True))
    outputs[transformed_name(spec.label)] = _label(inputs[spec.label], spec, file)
    return outputs


def _scores(measured: tf.Tensor, analyzed: AnalyzerOutput | None) -> tf.Tensor:
    """Return z-scores over the training rows, clipped at _MAX_Z_SCORE; zero for a column of one value."""
    width = measured.shape[1]
    if not width:
        return measured
    if analyzed:
        mean, spread = tf.constant(analyzed.mean, tf.float64), tf.constant(analyzed.spread, tf.float64)
    else:
        mean, spread = tft.experimental.ptransform_analyzer(
            [measured], MomentsAnalyzer(width), [tf.float64, tf.float64], [[width], [width]]
        )
    return tf.clip_by_value((measured - mean) / tf.where(spread > 0, spread, math.inf), -_MAX_Z_SCORE, _MAX_Z_SCORE)


def _vocabulary(columns: list[Any], spec: FeatureSpec, analyzed: AnalyzerOutput | None) -> tf.Tensor | str:
    """Return the file of the columns' vocabularies."""
    tft.annotate_asset(VOCABULARY, VOCABULARY)
    if analyzed:
        return analyzed.vocabulary
    values, _, numbers = raw_matrix.present_values(columns)
    [file] = tft.experimental.ptransform_analyzer(
        [values, numbers], VocabularyAnalyzer(vocabulary_limits(spec)), [tf.string], [[]], [RECORD.encode()]
    )
    return file


def _indices(columns: list[Any], file: tf.Tensor | str, batch: tf.Tensor) -> tf.Tensor:
    """Return [batch, columns]: 0 for missing, the vocabulary by falling frequency, then out-of-vocabulary buckets."""
    values, rows, numbers = raw_matrix.present_values(columns)
    lines, start, end = _looked_up(values, numbers, len(columns), file)
    unknown = end - start + tf.strings.to_hash_bucket_fast(values, OUT_OF_VOCABULARY_BUCKETS)
    indices = tf.where(lines >= 0, lines - start, unknown)
    return tf.scatter_nd(tf.stack([rows, numbers], axis=1), indices, [batch, len(columns)])


def _label(column: Any, spec: FeatureSpec, file: tf.Tensor | str | None) -> tf.Tensor:
    """Return the label as a number: its class by falling frequency, -1 for a class that is not in the training rows.

    The number of an ordinal class is its rank in the configured order.
    """
    if spec.task != "multiclass":
        return tf.cast(raw_matrix.dense(column), tf.float32)
    values, rows, _ = raw_matrix.present_values([column])
    if spec.order:
        equal = tf.cast(tf.equal(values[:, None], tf.constant(spec.order)[None, :]), tf.int64)
        ranks = tf.reduce_sum(equal * tf.range(1, len(spec.order) + 1, dtype=tf.int64), axis=1)
        return tf.scatter_nd(rows[:, None], ranks, [batch_size(column)]) - 1
    number = len(category_columns(spec)) - 1
    lines, start, _ = _looked_up(values, tf.fill(tf.shape(values), tf.constant(number, tf.int64)), number + 1, file)
    classes = tf.where(lines >= 0, lines - start, tf.zeros_like(lines))
    return tf.scatter_nd(rows[:, None], classes, [batch_size(column)]) - 1


def _looked_up(values: tf.Tensor, numbers: tf.Tensor, columns: int, file: tf.Tensor | str) -> tuple[tf.Tensor, ...]:
    """Return the line of each value in the file, -1 for none, and the first and last line of its column."""
    marks = tf.constant([f"{column}{RECORD}" for column in range(columns + 1)])
    prefixes = tf.constant([f"{column}{UNIT}" for column in range(columns)])
    keys = tf.strings.join([tf.gather(prefixes, numbers), values])
    lines = tft.apply_vocabulary(tf.concat([marks, keys], axis=0), file, default_value=-1)
    starts, lines = lines[: columns + 1], lines[columns + 1 :]
    return lines, tf.gather(starts, numbers), tf.gather(starts, numbers + 1)


def _numbers(features: list[Feature], matrix: tf.Tensor, scores: tf.Tensor) -> Tensors:
    """Return the outputs for columns of numbers; `scores` are the z-scores of the first ones."""
    present = tf.math.is_finite(matrix)
    flags = tf.unstack(tf.cast(~present, tf.float32), num=len(features), axis=1)
    outputs = {transformed_name(f.name, "missing"): flag for f, flag in zip(features, flags, strict=True)}
    by_role: dict[str, list[int]] = {}
    for position, feature in enumerate(features):
        by_role.setdefault(feature.role, []).append(position)
    for role, positions in by_role.items():
        names = [features[position].name for position in positions]
        is_present, values = tf.gather(present, positions, axis=1), tf.gather(matrix, positions, axis=1)
        if role in SCALED:
            outputs.update(_columns(tf.gather(scores, positions, axis=1), is_present, names))
        if role == "boolean":
            outputs.update(_columns(values, is_present, names))
        if role == "timestamp":
            for cycle, period in _PERIODS.items():
                outputs.update(_waves(values / period, is_present, names, f"{cycle}_"))
        if role in CYCLES:
            period, first = CYCLES[role]
            outputs.update(_waves((values - first) / period, is_present, names))
    return outputs


def _vectors(spec: FeatureSpec, lists: list[tf.Tensor], scores: tf.Tensor) -> Tensors:
    """Return the outputs for lists of numbers; their z-scores are the last of `scores`."""
    outputs: Tensors = {}
    start = len(spec.names(*SCALED))
    for feature, numbers in zip((f for f in spec.features if f.role == "vector"), lists, strict=True):
        known = tf.math.is_finite(numbers)
        values = tf.where(known, scores[:, start : start + feature.width], tf.zeros_like(numbers))
        outputs[transformed_name(feature.name)] = tf.cast(values, tf.float32)
        outputs[transformed_name(feature.name, "missing")] = tf.cast(~tf.reduce_any(known, axis=1), tf.float32)
        start += feature.width
    return outputs


def _texts(inputs: dict[str, Any], spec: FeatureSpec, batch: tf.Tensor, analyzed: AnalyzerOutput | None) -> Tensors:
    """Return the outputs for columns of text."""
    names, outputs = spec.names("text"), {}
    if names:
        counts, width = raw_matrix.counts(inputs, spec, batch), text_sums(spec)
        if analyzed:
            sums = tf.constant(analyzed.texts, tf.float64)
        else:
            [sums] = tft.experimental.ptransform_analyzer(
                [texts.document_frequencies(counts)], SumsAnalyzer(width), [tf.float64], [[width]]
            )
        weighed = tf.unstack(texts.tf_idf(counts, sums), num=len(names), axis=1)
        flags = tf.unstack(tf.cast(~counts.present, tf.float32), num=len(names), axis=1)
        for name, vector, flag in zip(names, weighed, flags, strict=True):
            outputs[transformed_name(name)] = vector
            outputs[transformed_name(name, "missing")] = flag
    return outputs


def _columns(matrix: tf.Tensor, present: tf.Tensor, names: list[str], part: str = "") -> Tensors:
    """Return the columns of a matrix as float32, zero where missing."""
    known = tf.cast(tf.where(present, matrix, tf.zeros_like(matrix)), tf.float32)
    columns = tf.unstack(known, num=len(names), axis=1)
    return {transformed_name(name, part): column for name, column in zip(names, columns, strict=True)}


def _waves(turns: tf.Tensor, present: tf.Tensor, names: list[str], prefix: str = "") -> Tensors:
    """Return sine and cosine of an angle in turns."""
    angle = turns * (2 * math.pi)
    return {
        **_columns(tf.sin(angle), present, names, f"{prefix}sin"),
        **_columns(tf.cos(angle), present, names, f"{prefix}cos"),
    }
