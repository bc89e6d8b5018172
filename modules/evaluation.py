"""The Evaluator's work in this process: scores batches, gathers them by slice, and measures and validates each slice.

What is measured, when a threshold holds and what the files look like is TFMA's; only the way of the rows is ours.
"""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf
import tensorflow_model_analysis as tfma
from google.protobuf import json_format
from tensorflow_model_analysis.evaluators import metrics_validator
from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.utils import model_util
from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer as files

from modules.decoding import decoded
from modules.evaluating import ROWS, group
from modules.measures import measure

Slice = tuple[tuple[str, Any], ...]
# Model and output, such as ("candidate", "constant").
Scored = tuple[str, str]
# Labels and predictions, gathered batch by batch.
Gathered = dict[Slice, dict[Scored, list[tuple[np.ndarray, np.ndarray]]]]
Metrics = dict[metric_types.MetricKey, float]


def evaluate(
    paths: Sequence[str], models: Mapping[str, str], config: tfma.EvalConfig, *, batch_rows: int
) -> dict[Slice, Metrics]:
    """Return the metrics of every slice that occurs, those of all rows under the key `()`.

    Args:
        paths: TFRecord files of examples, compressed by gzip.
        models: The folder of each SavedModel, by the name of its ModelSpec.
        config: What to measure, with TFMA's defaults filled in.
        batch_rows: Rows that are scored at a time.
    """
    slicings = [tuple(spec.feature_keys) for spec in config.slicing_specs]
    columns = {column for slicing in slicings for column in slicing}
    scorers = [_Scorer(spec, models[spec.name]) for spec in config.model_specs]
    labels = {scorer.label for scorer in scorers if scorer.label}
    gathered: Gathered = {}
    wanted = sorted(columns | labels)
    for examples, batch in decoded(paths, batch_rows):
        values = {name: _values(batch, name) for name in wanted}
        scores = {key: part for scorer in scorers for key, part in scorer.scores(examples, values).items()}
        for slicing in slicings:
            for key, rows in group(slicing, [values[column] for column in slicing]):
                into = gathered.setdefault(key, {})
                for scored, parts in scores.items():
                    taken = parts if rows is None else (parts[0][rows], parts[1][rows])
                    into.setdefault(scored, []).append(taken)
    return {key: _measured(parts, config) for key, parts in gathered.items()}


def write(metrics: Mapping[Slice, Metrics], config: tfma.EvalConfig, folder: str, *, data: str) -> bool:
    """Write what TFMA reads: configuration, metrics by slice, validation; return whether every threshold holds.

    Args:
        metrics: What `evaluate` gave.
        config: What it was given.
        folder: An empty folder.
        data: Where the rows came from, for whoever reads the files.
    """
    combine = files.CombineValidations(config)
    validation = combine.create_accumulator()
    with tf.io.TFRecordWriter(os.path.join(folder, "metrics-00000-of-00001.tfrecord")) as writer:
        for item in metrics.items():
            writer.write(files.convert_slice_metrics_to_proto(item, []).SerializeToString())
            validation = combine.add_input(validation, metrics_validator.validate_metrics(item, config))
    validation = combine.extract_output(validation)
    with tf.io.TFRecordWriter(os.path.join(folder, "validations.tfrecord")) as writer:
        writer.write(validation.SerializeToString())
    run = config_pb2.EvalRun(eval_config=config, version=tfma.__version__, data_location=data, file_format="tfrecords")
    with tf.io.gfile.GFile(os.path.join(folder, "eval_config.json"), "w") as stream:
        stream.write(json_format.MessageToJson(run))
    return bool(validation.validation_ok)


class _Scorer:
    """A model with the signatures that its ModelSpec names."""

    def __init__(self, spec: tfma.ModelSpec, folder: str) -> None:
        self.name = spec.name
        # Held, because the signatures do not keep alive what they read.
        self._model = tf.saved_model.load(folder)
        self._evaluation = self._model.signatures[spec.signature_name]
        functions = list(spec.preprocessing_function_names)
        self._labelling = self._model.signatures[functions[0]] if functions else None
        self._key = spec.label_key
        self.label = "" if functions else spec.label_key

    def scores(
        self, examples: tf.Tensor, columns: Mapping[str, list[Any]]
    ) -> dict[Scored, tuple[np.ndarray, np.ndarray]]:
        """Return labels and predictions of a batch for each output."""
        if self._labelling:
            labels = self._labelling(examples=examples)[self._key].numpy().reshape(-1)
        else:
            labels = np.asarray(columns[self._key])
        found = {}
        for output, tensor in self._evaluation(examples=examples).items():
            predictions = tensor.numpy()
            if predictions.ndim > 1 and predictions.shape[1] == 1:
                predictions = predictions[:, 0]
            found[self.name, output] = (labels, predictions)
        return found


def _values(batch: pa.RecordBatch, name: str) -> list[Any]:
    """Return a column's values, None where one is missing."""
    if name not in batch.schema.names:
        return [None] * batch.num_rows
    column = batch.column(batch.schema.names.index(name))
    if pa.types.is_null(column.type):
        return [None] * len(column)
    if not column.null_count:
        flat = column.flatten()
        if len(flat) == len(column):
            return flat.to_pylist()
    return [values[0] if values else None for values in column.to_pylist()]


def _measured(gathered: Mapping[Scored, list[tuple[np.ndarray, np.ndarray]]], config: tfma.EvalConfig) -> Metrics:
    arrays = {
        scored: (np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))
        for scored, parts in gathered.items()
    }
    metrics: Metrics = {}
    for spec in config.metrics_specs:
        for model in spec.model_names or [""]:
            for output in spec.output_names:
                for metric in spec.metrics:
                    options = json.loads(metric.config)
                    key = metric_types.MetricKey(name=options["name"], model_name=model, output_name=output)
                    metrics[key] = _value(options, *arrays[model, output])
    baseline = model_util.get_baseline_model_spec(config)
    return {**metrics, **(_differences(metrics, baseline.name) if baseline else {})}


def _value(options: Mapping[str, str], labels: np.ndarray, predictions: np.ndarray) -> float:
    if options["name"] == ROWS:
        return float(len(labels))
    return measure(options["task"], options["name"], labels, predictions)


def _differences(metrics: Metrics, baseline: str) -> Metrics:
    """Return how far each metric of a model lies above the baseline's."""
    return {
        key.make_diff_key(): value - metrics[key.make_baseline_key(baseline)]
        for key, value in metrics.items()
        if key.model_name != baseline
    }
