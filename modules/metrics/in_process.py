"""The Evaluator's work in this process: scores batches, collects them by slice, and evaluates and validates each slice.

The configuration, the decision on thresholds and the format of the files are TFMA's.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_model_analysis as tfma
from google.protobuf import json_format
from tensorflow_model_analysis.proto import config_pb2

from modules.metrics.computation import Computed, Value, parse_computation
from modules.metrics.fairness import attributes_of, groups_of
from modules.metrics.scored import group, hash_order, hashes_of, one_column, scored
from modules.tfma_internals import slice_metrics_proto, validation_of
from modules.transform.decoding import column_values, decoded

Slice = tuple[tuple[str, Any], ...]
# Model and output, such as ("candidate", "constant").
Place = tuple[str, str]
# Hashes of the rows of each slice and the groups of attributes, and labels and predictions of each output, as lists of
# batches.
Hashes = list[np.ndarray]
Groups = dict[str, list[np.ndarray]]
Gathered = dict[Slice, tuple[Hashes, Groups, dict[Place, list[tuple[np.ndarray, np.ndarray]]]]]
Metrics = dict[tfma.metrics.MetricKey, Value]


def evaluate(
    paths: Sequence[str], models: Mapping[str, str], config: config_pb2.EvalConfig, *, batch_rows: int
) -> dict[Slice, Metrics]:
    """Return the metrics of every slice that occurs; the key of all rows is `()`.

    Args:
        paths: TFRecord files of examples, compressed by gzip.
        models: The folder of each SavedModel, by the name of its ModelSpec.
        config: What to compute, with TFMA's defaults filled in.
        batch_rows: The rows that are scored at a time.
    """
    slicings = [tuple(spec.feature_keys) for spec in config.slicing_specs]
    columns = {column for slicing in slicings for column in slicing}
    scorers = [_Scorer(spec, models[spec.name]) for spec in config.model_specs]
    labels = {scorer.label for scorer in scorers if scorer.label}
    edges = attributes_of(_computations(config))
    gathered: Gathered = {}
    needed = sorted({*columns, *labels, *edges})
    for examples, batch in decoded(paths, batch_rows):
        values = {name: column_values(batch, name) for name in needed}
        hashes = hashes_of(examples.numpy())
        attributes = {name: groups_of(values[name], name, edges[name]) for name in edges}
        scores = {key: part for scorer in scorers for key, part in scorer.scores(examples, values).items()}
        for slicing in slicings:
            for key, rows in group(slicing, [values[column] for column in slicing]):
                slice_hashes, groups, outputs = gathered.setdefault(key, ([], {}, {}))
                slice_hashes.append(hashes if rows is None else hashes[rows])
                for name, each in attributes.items():
                    groups.setdefault(name, []).append(each if rows is None else each[rows])
                for place, parts in scores.items():
                    part = parts if rows is None else (parts[0][rows], parts[1][rows])
                    outputs.setdefault(place, []).append(part)
    return {key: _metrics(*parts, config) for key, parts in gathered.items()}


def write(metrics: Mapping[Slice, Metrics], config: config_pb2.EvalConfig, folder: str, *, data: str) -> bool:
    """Write the files that TFMA reads: configuration, metrics, validation; return whether every threshold passes.

    Args:
        metrics: The output of `evaluate`.
        config: The configuration of `evaluate`.
        folder: An empty folder.
        data: The source of the rows, as a note in the files.
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

    def __init__(self, spec: config_pb2.ModelSpec, folder: str) -> None:
        self.name = spec.name
        # The signatures do not keep the variables of the model alive.
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
        scores = {}
        for output, tensor in self._evaluation(examples=examples).items():
            scores[self.name, output] = (labels, one_column(tensor.numpy()))
        return scores


def _computations(config: config_pb2.EvalConfig) -> Iterator[Computed]:
    for spec in config.metrics_specs:
        for metric in spec.metrics:
            yield parse_computation(json.loads(metric.config))


def _metrics(
    hashes: Hashes,
    groups: Groups,
    gathered: Mapping[Place, list[tuple[np.ndarray, np.ndarray]]],
    config: config_pb2.EvalConfig,
) -> Metrics:
    order = hash_order(np.concatenate(hashes))
    attributes = {name: np.concatenate(parts) for name, parts in groups.items()}
    rows = {
        place: scored(
            np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]), order, attributes
        )
        for place, parts in gathered.items()
    }
    baseline_spec = tfma.utils.get_baseline_model_spec(config)
    baseline = baseline_spec.name if baseline_spec else None
    metrics: Metrics = {}
    for spec in config.metrics_specs:
        for model in spec.model_names or [""]:
            for output in spec.output_names:
                for metric in spec.metrics:
                    values = parse_computation(json.loads(metric.config)).values(
                        lambda *place: rows.get(place), model, output, baseline
                    )
                    for name, value in values.items():
                        metrics[tfma.metrics.MetricKey(name=name, model_name=model, output_name=output)] = value
    return {**metrics, **(_differences(metrics, baseline) if baseline else {})}


def _differences(metrics: Metrics, baseline: str) -> Metrics:
    """Return the difference of each metric from the baseline's."""
    return {
        key.make_diff_key(): value - metrics[key.make_baseline_key(baseline)]
        for key, value in metrics.items()
        if key.model_name != baseline and key.make_baseline_key(baseline) in metrics
    }
