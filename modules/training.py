"""The `run_fn` of Trainer: read, build, fit, export."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from absl import logging

from modules import analysis, fitting, leaderboard, signatures, warm_start
from modules.features import OUT_OF_VOCABULARY_BUCKETS, FeatureSpec, transformed_name, transformed_names
from modules.keras3 import keras
from modules.memory import release_memory
from modules.preprocessing import category_columns
from modules.problem import Columns, Fitted, Problem
from modules.transform_graph import TransformGraph

import tensorflow as tf  # isort: skip  (after Keras 3)
import tensorflow_transform as tft  # isort: skip

CURVES_FILE = "curves.csv"
SETTINGS_FILE = "settings.json"
READ_BATCH = 4096
VALIDATION_SHARE = 0.15

Arrays = dict[str, np.ndarray]


def run_fn(fn_args: Any) -> None:
    """Train the configured family on the `train` split and export it with its signatures.

    Args:
        fn_args: TFX's FnArgs; `custom_config` holds `features` (the FeatureSpec as JSON) and `model` (the settings).
    """
    spec = FeatureSpec.from_json(fn_args.custom_config["features"])
    searched = tuned(fn_args.hyperparameters)
    settings = {**fn_args.custom_config["model"], **searched}
    keras.utils.set_random_seed(settings["seed"])
    transform = tft.TFTransformOutput(fn_args.transform_output)
    columns = model_columns(spec, transform)
    rows, labels = read(fn_args.train_files, transform, columns, spec)
    classes = vocabularies(spec, transform)[spec.label] if spec.task == "multiclass" else []
    constant = best_constant(labels, spec, len(classes))
    train, validation = split_validation(rows, labels, seed=settings["seed"])
    del rows
    release_memory()
    problem = Problem(columns, spec.task, len(classes), train, validation)
    del train, validation
    meaning = warm_start.Meaning(columns, _categories(spec, transform), classes)
    start = {"start": warm_start.find(fn_args.base_model, meaning)} if fn_args.base_model else {}
    fitted = family(settings["family"])(problem, {**settings, **start})
    release_memory()  # of the graphs that fitted, and of their copies of the rows
    beside = {} if settings["family"] == "linear" else {signatures.LINEAR_OUTPUT: family("linear")(problem, settings)}
    del problem
    os.makedirs(fn_args.model_run_dir, exist_ok=True)
    fitting.write_curves(fitted.curves, os.path.join(fn_args.model_run_dir, CURVES_FILE))
    if "leaderboard" in fitted.report:
        leaderboard.write(fitted.report["leaderboard"], fn_args.model_run_dir)
    told = {"settings": settings, "tuned": sorted(searched), "start": _start(settings, fitted, fn_args.base_model)}
    logging.info("Fitted: %s", told)
    with open(os.path.join(fn_args.model_run_dir, SETTINGS_FILE), "w", encoding="utf-8") as file:
        json.dump(told, file, indent=1)
    served = signatures.Served(fitted.model, transform, spec, constant=constant, classes=classes)
    for output, other in beside.items():
        served.put_beside(output, other.model)
    signatures.save(served, fn_args.serving_model_dir)
    if settings["family"] == "neural":
        warm_start.keep(fitted.model.get_layer(warm_start.NETWORK), meaning, fn_args.serving_model_dir)
    keras.utils.clear_session()


def tuned(hyperparameters: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the settings that were searched, of KerasTuner's HyperParameters as plain data; none without a search."""
    values = (hyperparameters or {}).get("values", {})
    # What the search notes for itself stands below `tuner/`.
    return {name: value for name, value in values.items() if not name.startswith("tuner/")}


def _start(settings: Mapping[str, Any], fitted: Fitted, base_model: str | None) -> str:
    """Return in words what the fit started from."""
    if not settings.get("warm_start"):
        return "anew"
    if not base_model:
        return "anew: there is no blessed model yet"
    if fitted.report.get("warm_start"):
        return "from the weights of the last blessed model"
    return "anew: the last blessed model has no weights for these columns, classes and layers"


def _categories(spec: FeatureSpec, transform: tft.TFTransformOutput) -> list[list[str]]:
    known = vocabularies(spec, transform)
    return [known[name] for name in spec.names("categorical")]


def family(name: str) -> Callable[[Problem, Mapping[str, Any]], Fitted]:
    """Return the function that fits a family; one is imported only where it is asked for."""
    if name == "neural":
        from modules.families import neural

        return neural.fit
    if name == "trees":
        from modules.families import trees

        return trees.fit
    if name == "linear":
        from modules.families import linear

        return linear.fit
    if name == "auto":
        from modules.families import auto

        return auto.fit
    raise ValueError(f"no model family {name!r}")


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
    file = transform.vocabulary_file_by_name(analysis.VOCABULARY)
    return dict(zip(names, analysis.read(file, len(names)), strict=True))


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
