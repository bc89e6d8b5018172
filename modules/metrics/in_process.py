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
from tensorflow_model_analysis.proto import config_pb2

from modules.metrics.figures import Value, figure
from modules.metrics.scored import group, hashes_of, one_column, scored, shuffled
from modules.tfma_internals import slice_metrics_proto, validation_of
from modules.transform.decoding import decoded

Slice = tuple[tuple[str, Any], ...]
# Model and output, such as ("candidate", "constant").
Place = tuple[str, str]
# Hashes of the rows of each slice; labels and predictions of its places; all batch by batch.
Hashes = list[np.ndarray]
Gathered = dict[Slice, tuple[Hashes, dict[Place, list[tuple[np.ndarray, np.ndarray]]]]]
Metrics = dict[tfma.metrics.MetricKey, Value]


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
        hashes = hashes_of(examples.numpy())
        scores = {key: part for scorer in scorers for key, part in scorer.scores(examples, values).items()}
        for slicing in slicings:
            for key, rows in group(slicing, [values[column] for column in slicing]):
                mine, into = gathered.setdefault(key, ([], {}))
                mine.append(hashes if rows is None else hashes[rows])
                for place, parts in scores.items():
                    taken = parts if rows is None else (parts[0][rows], parts[1][rows])
                    into.setdefault(place, []).append(taken)
    return {key: _measured(hashes, parts, config) for key, (hashes, parts) in gathered.items()}


def write(metrics: Mapping[Slice, Metrics], config: tfma.EvalConfig, folder: str, *, data: str) -> bool:
    """Write what TFMA reads: configuration, metrics by slice, validation; return whether every threshold holds.

    Args:
        metrics: What `evaluate` gave.
        config: What it was given.
        folder: An empty folder.
        data: Where the rows came from, for whoever reads the files.
    """
    with tf.io.TFRecordWriter(os.path.join(folder, "metrics-00000-of-00001.tfrecord")) as writer:
        for item in metrics.items():
            writer.write(slice_metrics_proto(item).SerializeToString())
    validation = validation_of(metrics.items(), config)
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
    ) -> dict[Place, tuple[np.ndarray, np.ndarray]]:
        """Return labels and predictions of a batch for each output."""
        if self._labelling:
            labels = self._labelling(examples=examples)[self._key].numpy().reshape(-1)
        else:
            labels = np.asarray(columns[self._key])
        found = {}
        for output, tensor in self._evaluation(examples=examples).items():
            found[self.name, output] = (labels, one_column(tensor.numpy()))
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


def _measured(
    hashes: Hashes, gathered: Mapping[Place, list[tuple[np.ndarray, np.ndarray]]], config: tfma.EvalConfig
) -> Metrics:
    order = shuffled(np.concatenate(hashes))
    rows = {
        place: scored(np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]), order)
        for place, parts in gathered.items()
    }
    compared = tfma.utils.get_baseline_model_spec(config)
    baseline = compared.name if compared else None
    metrics: Metrics = {}
    for spec in config.metrics_specs:
        for model in spec.model_names or [""]:
            for output in spec.output_names:
                for metric in spec.metrics:
                    found = figure(json.loads(metric.config)).values(
                        lambda *place: rows.get(place), model, output, baseline
                    )
                    for name, value in found.items():
                        metrics[tfma.metrics.MetricKey(name=name, model_name=model, output_name=output)] = value
    return {**metrics, **(_differences(metrics, baseline) if baseline else {})}


def _differences(metrics: Metrics, baseline: str) -> Metrics:
    """Return how far each metric of a model lies above the baseline's."""
    return {
        key.make_diff_key(): value - metrics[key.make_baseline_key(baseline)]
        for key, value in metrics.items()
        if key.model_name != baseline and key.make_baseline_key(baseline) in metrics
    }
