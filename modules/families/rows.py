"""From the files of a split to what a model family is given: the transformed rows, held in memory."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from modules.families.problem import Columns, Problem
from modules.transform import analyzers
from modules.transform.column_groups import category_columns
from modules.transform.graph import TransformGraph
from penstock.core.features import OUT_OF_VOCABULARY_BUCKETS, FeatureSpec, transformed_name, transformed_names
from penstock.core.vocabulary import FILE as VOCABULARY

READ_BATCH = 4096
VALIDATION_SHARE = 0.15

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Prepared:
    """A table that is ready to be fitted.

    Attributes:
        problem: Columns, task and rows.
        classes: The classes of a multiclass label, in the order of their numbers.
        constant: What the best constant answers, [units].
    """

    problem: Problem
    classes: list[str]
    constant: np.ndarray


def prepare(files: list[str], transform: tft.TFTransformOutput, spec: FeatureSpec, *, seed: int) -> Prepared:
    """Return what a family is given of the training rows.

    Args:
        files: Files of tf.Examples, or patterns of their names.
        transform: The output of Transform.
        spec: The label, the task and the features.
        seed: Decides which rows are held out for validation.
    """
    columns = model_columns(spec, transform)
    rows, labels = read(files, transform, columns, spec)
    classes = vocabularies(spec, transform)[spec.label] if spec.task == "multiclass" else []
    train, validation = split_validation(rows, labels, seed=seed)
    problem = Problem(columns, spec.task, len(classes), train, validation)
    return Prepared(problem, classes, best_constant(labels, spec, len(classes)))


def model_columns(spec: FeatureSpec, transform: tft.TFTransformOutput) -> Columns:
    """Return the transformed columns that a model takes, with the number of indices of each category."""
    kinds = transformed_names(spec)
    sizes = {name: len(values) for name, values in vocabularies(spec, transform).items()}
    categories = {
        transformed_name(name): 1 + sizes[name] + OUT_OF_VOCABULARY_BUCKETS for name in spec.names("categorical")
    }
    vectors = {transformed_name(name): width for name, width in spec.widths().items()}
    return Columns(kinds["number"], kinds["flag"], categories, vectors)


def vocabularies(spec: FeatureSpec, transform: tft.TFTransformOutput) -> dict[str, list[str]]:
    """Return the values of each column with a vocabulary, by falling frequency."""
    names = category_columns(spec)
    if not names:
        return {}
    file = transform.vocabulary_file_by_name(VOCABULARY)
    return dict(zip(names, analyzers.read(file, len(names)), strict=True))


def read(
    files: list[str], transform: tft.TFTransformOutput, columns: Columns, spec: FeatureSpec
) -> tuple[Arrays, np.ndarray]:
    """Return the transformed rows of TFRecord files, a column per name, and their labels."""
    label = transformed_name(spec.label)
    wanted = [*columns.names, label]
    texts = set(map(transformed_name, spec.names("text")))
    raw = transform.raw_feature_spec()
    graph = TransformGraph(transform)

    # There is no Python control flow to convert, and converting takes longer than reading.
    @tf.autograph.experimental.do_not_convert
    def transformed(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = graph(tf.io.parse_example(examples, raw))
        # A number of a text's vector is given in 16 bits, whatever its type says: see `texts.weighed`.
        return {name: tf.cast(outputs[name], tf.float16) if name in texts else outputs[name] for name in wanted}

    paths = sorted(path for pattern in files for path in tf.io.gfile.glob(pattern))
    records = tf.data.TFRecordDataset(paths, compression_type="GZIP", num_parallel_reads=None)
    batches = list(records.batch(READ_BATCH).map(transformed, num_parallel_calls=2).as_numpy_iterator())
    arrays = {name: np.concatenate([batch[name] for batch in batches]) for name in wanted}
    return arrays, arrays.pop(label)


def split_validation(
    rows: Mapping[str, np.ndarray], labels: np.ndarray, *, seed: int
) -> tuple[tuple[Arrays, np.ndarray], tuple[Arrays, np.ndarray]]:
    """Return rows and labels to fit to, then those that decide when to stop: VALIDATION_SHARE, drawn by seed."""
    order = np.random.default_rng(seed).permutation(len(labels))
    held_out = max(1, round(len(labels) * VALIDATION_SHARE))
    parts = order[held_out:], order[:held_out]
    fit_part, validation_part = (({name: v[part] for name, v in rows.items()}, labels[part]) for part in parts)
    return fit_part, validation_part


def best_constant(labels: np.ndarray, spec: FeatureSpec, classes: int) -> np.ndarray:
    """Return what a model that sees no feature would answer: the share of each class, or the mean."""
    if spec.task == "multiclass":
        return np.bincount(labels.astype(np.int64), minlength=classes) / len(labels)
    return np.asarray([labels.mean()])
