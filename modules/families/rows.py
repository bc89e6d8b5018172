"""From the files of a split to the input of a model family: the transformed rows, in memory."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from modules.families.constant import constant_of
from modules.families.problem import WEIGHT, Columns, Problem, given_weights
from modules.row_weights import checked_weights
from modules.transform.graph import TransformGraph
from modules.transform.vocabularies import classes_of, vocabularies
from penstock.core.features import OUT_OF_VOCABULARY_BUCKETS, FeatureSpec, transformed_name, transformed_names
from penstock.core.losses import Loss

READ_BATCH = 4096
VALIDATION_SHARE = 0.15

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Prepared:
    """The training rows, ready to be fitted.

    Attributes:
        problem: Columns, task and rows.
        classes: The classes of a multiclass label, in the order of their numbers.
        constant: The prediction of the constant baseline, [units].
    """

    problem: Problem
    classes: list[str]
    constant: np.ndarray


def prepare(
    files: list[str], transform: tft.TFTransformOutput, spec: FeatureSpec, *, seed: int, loss: Loss | None = None
) -> Prepared:
    """Return the training rows as the input of a family.

    Args:
        files: Files of tf.Examples, or patterns of their names.
        transform: The output of Transform.
        spec: The label, the task and the features.
        seed: The seed of the sample of rows for validation.
        loss: The loss of a regression; a squared one by default.
    """
    columns, chosen = model_columns(spec, transform), loss or Loss()
    rows, labels = read(files, transform, columns, spec)
    if spec.weight is not None:
        rows[WEIGHT] = as_counts(rows[WEIGHT])
    classes = classes_of(spec, transform)
    train, validation = split_validation(rows, labels, seed=seed)
    problem = Problem(columns, spec.task, len(classes), train, validation, loss=chosen, ordinal=bool(spec.order))
    constant = constant_of(labels, spec.task, len(classes), chosen, given_weights((rows, labels)))
    return Prepared(problem, classes, constant)


def as_counts(weights: np.ndarray) -> np.ndarray:
    """Return weights of which 1 is one row: whole numbers as they are, others divided by their mean.

    Whole weights count rows. Other weights, such as those of a survey, are relative, and their unit must not change how
    strong a penalty is.

    Raises:
        NodeError: A weight is not a number above zero.
    """
    known = checked_weights(weights)
    return known if (known == np.round(known)).all() else known / known.mean()


def model_columns(spec: FeatureSpec, transform: tft.TFTransformOutput) -> Columns:
    """Return the input columns of a model, with the number of indices of each category."""
    kinds = transformed_names(spec)
    sizes = {name: len(values) for name, values in vocabularies(spec, transform).items()}
    categories = {
        transformed_name(name): 1 + sizes[name] + OUT_OF_VOCABULARY_BUCKETS for name in spec.names("categorical")
    }
    vectors = {transformed_name(name): width for name, width in spec.widths().items()}
    return Columns(kinds["number"], kinds["flag"], categories, vectors)


def read(
    files: list[str], transform: tft.TFTransformOutput, columns: Columns, spec: FeatureSpec
) -> tuple[Arrays, np.ndarray]:
    """Return the transformed rows of TFRecord files, a column per name, and their labels."""
    label = transformed_name(spec.label)
    names = [*columns.names, label, *([WEIGHT] if spec.weight is not None else [])]
    texts = set(map(transformed_name, spec.names("text")))
    raw = transform.raw_feature_spec()
    graph = TransformGraph(transform)

    # There is no Python control flow to convert, and AutoGraph takes longer than reading.
    @tf.autograph.experimental.do_not_convert
    def transformed(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        parsed = tf.io.parse_example(examples, raw)
        outputs = dict(graph(parsed))
        if spec.weight is not None:
            outputs[WEIGHT] = weights(parsed[spec.weight])
        # The numbers of a text's vector are rounded to 16 bits, whatever their type: see `texts.tf_idf`.
        return {name: tf.cast(outputs[name], tf.float16) if name in texts else outputs[name] for name in names}

    paths = sorted(path for pattern in files for path in tf.io.gfile.glob(pattern))
    records = tf.data.TFRecordDataset(paths, compression_type="GZIP", num_parallel_reads=None)
    batches = list(records.batch(READ_BATCH).map(transformed, num_parallel_calls=2).as_numpy_iterator())
    arrays = {name: np.concatenate([batch[name] for batch in batches]) for name in names}
    return arrays, arrays.pop(label)


def weights(column: tf.Tensor | tf.SparseTensor) -> tf.Tensor:
    """Return a raw column as weights, float64 [batch]; NaN where it is missing."""
    if not isinstance(column, tf.SparseTensor):
        return tf.cast(tf.reshape(column, [-1]), tf.float64)
    values = column.with_values(tf.cast(column.values, tf.float64))
    first = tf.sparse.slice(values, [0, 0], [values.dense_shape[0], 1])
    wide = tf.SparseTensor(first.indices, first.values, tf.stack([values.dense_shape[0], 1]))
    return tf.reshape(tf.sparse.to_dense(wide, tf.constant(np.nan, tf.float64)), [-1])


def split_validation(
    rows: Mapping[str, np.ndarray], labels: np.ndarray, *, seed: int
) -> tuple[tuple[Arrays, np.ndarray], tuple[Arrays, np.ndarray]]:
    """Return training rows, then validation rows: VALIDATION_SHARE of the rows, sampled at random by the seed."""
    parts = split_places(len(labels), seed=seed)
    fit_part, validation_part = (({name: v[part] for name, v in rows.items()}, labels[part]) for part in parts)
    return fit_part, validation_part


def split_places(count: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of the training rows, then of the validation rows, among all rows."""
    order = np.random.default_rng(seed).permutation(count)
    held_out = max(1, round(count * VALIDATION_SHARE))
    return order[held_out:], order[:held_out]
