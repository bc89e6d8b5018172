"""What the Evaluator loads on Beam: extractors that keep rows in batches, and metrics over arrays.

TFMA's own extractors and metrics work row by row in Python, once for each slice and metric. Here a batch is split into
one element per slice that occurs in it, and a metric collects the arrays of its slice. What this saves is in
`modules.metrics`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import config_pb2

from modules.metrics.computation import parse_computation
from modules.metrics.fairness import attributes_of, groups_of
from modules.metrics.scored import Scored, group, hash_order, hashes_of, one_column, scored
from modules.tfma_internals import UNBATCH_STAGE, metric_key, slice_keys_array

ROW_HASH = "_row_hash"
ROW_WEIGHT = "_row_weight"

# TFMA's evaluators look for the last stage by its name, so ours has the same name.
_SLICE_KEYS = tfma.extractors.SLICE_KEY_EXTRACTOR_STAGE_NAME
_REPLACED = (UNBATCH_STAGE, _SLICE_KEYS)

# What stands for the weight of each row where none is configured.
UNWEIGHTED = -1.0
# Labels, predictions, hashes and weights of the rows, then their groups by each attribute of fairness.
Arrays = tuple[np.ndarray, ...]
Attributes = dict[str, Sequence[float] | None]


def custom_extractors(
    eval_shared_model: Any, eval_config: config_pb2.EvalConfig, tensor_adapter_config: Any
) -> list[tfma.extractors.Extractor]:
    """Return TFMA's extractors, with `SliceBatches` in place of those that split batches into rows."""
    extractors = tfma.default_extractors(
        eval_shared_model=eval_shared_model, eval_config=eval_config, tensor_adapter_config=tensor_adapter_config
    )
    columns = [tuple(spec.feature_keys) for spec in eval_config.slicing_specs]
    attributes = _attributes(eval_config)
    return [
        *(extractor for extractor in extractors if extractor.stage_name not in _REPLACED),
        tfma.extractors.Extractor(stage_name=_SLICE_KEYS, ptransform=beam.ParDo(SliceBatches(columns, attributes))),
    ]


class SliceBatches(beam.DoFn):
    """Splits a batch into one element per slice: labels and predictions of the slice's rows, as arrays."""

    def __init__(self, columns: list[tuple[str, ...]], attributes: Attributes | None = None) -> None:
        """Take the columns of each slicing, `()` is all rows, and the attributes of fairness with their edges."""
        self._columns = columns
        self._attributes = attributes or {}

    def process(self, batch: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield one element for each slice that has rows in the batch."""
        shared = {key: batch[key] for key in (tfma.LABELS_KEY, tfma.PREDICTIONS_KEY)}
        features = batch[tfma.FEATURES_KEY]
        hashes = hashes_of(batch[tfma.INPUT_KEY])
        groups = {
            _group_key(name): groups_of(
                # A column that is missing in every row of a batch is not in the batch.
                _column(features[name]) if name in features else [None] * len(hashes),
                name,
                edges,
            )
            for name, edges in self._attributes.items()
        }
        shared[tfma.FEATURES_KEY] = {ROW_HASH: hashes, ROW_WEIGHT: _weights(batch, len(hashes)), **groups}
        for columns in self._columns:
            if any(name not in features for name in columns):
                continue
            values = [_column(features[name]) for name in columns]
            for key, rows in group(columns, values):
                part = shared if rows is None else {name: _take(value, rows) for name, value in shared.items()}
                yield {**part, tfma.SLICE_KEY_TYPES_KEY: slice_keys_array([key])}


class Measured(tfma.metrics.Metric):
    """The TFMA metric that runs a `modules.metrics.computation` over the rows of a slice."""

    def __init__(self, name: str, task: str, **options: Any) -> None:
        """Take the name and the fields of a Computation."""
        super().__init__(_computations, name=name, task=task, **options)


def _computations(
    eval_config: config_pb2.EvalConfig | None = None,
    model_names: list[str] | None = None,
    output_names: list[str] | None = None,
    example_weighted: bool | None = None,  # TFMA passes it, and refuses weights if it is not there
    **options: Any,
) -> list[Any]:
    config = eval_config or config_pb2.EvalConfig()
    baseline = tfma.utils.get_baseline_model_spec(config)
    computations: list[Any] = []
    for model in model_names or [""]:
        for output in output_names or [""]:
            computations += _computations_of(options, (model, output), baseline.name if baseline else None, config)
    return computations


def _computations_of(
    options: dict[str, Any], place: tuple[str, str], baseline: str | None, config: config_pb2.EvalConfig
) -> list[Any]:
    computation, (model, output) = parse_computation(options), place
    # All metrics gather the same, so that TFMA gathers once.
    attributes = list(_attributes(config))
    places = [(model, output), *computation.compared_with(model, output, baseline)]
    keys = [metric_key(config, name, model, output) for name in computation.names]

    def result(metrics: Mapping[Any, Any]) -> dict[Any, Any]:
        values = computation.values(lambda *place: metrics.get(_gathered(*place)), model, output, baseline)
        return {metric_key(config, name, model, output): value for name, value in values.items()}

    gathered_keys = [ROW_HASH, ROW_WEIGHT, *map(_group_key, attributes)]
    preprocessor = tfma.metrics.FeaturePreprocessor(feature_keys=gathered_keys)
    gathered = [
        tfma.metrics.MetricComputation(
            keys=[_gathered(*place)],
            preprocessors=[preprocessor],
            combiner=_Gather(_gathered(*place), *place, attributes),
        )
        for place in places
    ]
    return [*gathered, tfma.metrics.DerivedMetricComputation(keys=keys, result=result)]


def _gathered(model: str, output: str) -> Any:
    return tfma.metrics.MetricKey(name="_gathered", model_name=model, output_name=output)


class _Gather(beam.CombineFn):
    """Collects the labels and predictions of one output in one slice; none if the model has no such output."""

    def __init__(self, key: Any, model: str, output: str, attributes: list[str]) -> None:
        self._key, self._model, self._output, self._attributes = key, model, output, attributes

    def create_accumulator(self) -> list[Arrays]:
        return []

    def add_input(self, accumulator: list[Arrays], element: Any) -> list[Arrays]:
        try:
            predictions = element.get_predictions(self._model, self._output)
        except KeyError:
            return accumulator
        if predictions is None or isinstance(predictions, Mapping):  # TFMA returns a mapping if there is no such output
            return accumulator
        labels = np.asarray(element.get_labels(self._model, self._output)).reshape(-1)
        features = element.get_features()
        predicted, weights = one_column(np.asarray(predictions)), np.asarray(features[ROW_WEIGHT])
        groups = [np.asarray(features[_group_key(name)], object) for name in self._attributes]
        accumulator.append((labels, predicted, features[ROW_HASH], weights, *groups))
        return accumulator

    def merge_accumulators(self, accumulators: Iterable[list[Arrays]]) -> list[Arrays]:
        return [arrays for accumulator in accumulators for arrays in accumulator]

    def compact(self, accumulator: list[Arrays]) -> list[Arrays]:
        return [_concatenated(accumulator)] if accumulator else []

    def extract_output(self, accumulator: list[Arrays]) -> dict[Any, Scored]:
        if not accumulator:
            return {}
        labels, predictions, hashes, weights, *groups = _concatenated(accumulator)
        attributes = dict(zip(self._attributes, groups, strict=True))
        given = weights if len(weights) > 0 and weights[0] != UNWEIGHTED else None
        return {self._key: scored(labels, predictions, hash_order(hashes), attributes, given)}


def _concatenated(parts: list[Arrays]) -> Arrays:
    return tuple(np.concatenate(each) for each in zip(*parts, strict=True))


def _attributes(eval_config: config_pb2.EvalConfig) -> Attributes:
    """Return the attributes of fairness that are configured, with their edges."""
    options = [json.loads(metric.config) for spec in eval_config.metrics_specs for metric in spec.metrics]
    return attributes_of(map(parse_computation, options))


def _group_key(attribute: str) -> str:
    return f"_group_{attribute}"


def _weights(batch: Mapping[str, Any], rows: int) -> np.ndarray:
    """Return the weights that TFMA found by `example_weight_key`, NaN for a row without one; UNWEIGHTED without it."""
    found = batch.get(tfma.EXAMPLE_WEIGHTS_KEY)
    while isinstance(found, Mapping):  # by model and by output, which all have the same
        found = next(iter(found.values()), None)
    if found is None:
        return np.full(rows, UNWEIGHTED)
    if isinstance(found, tfma.types.VarLenTensorValue):
        return np.array([np.nan if value is None else value for value in _column(found)], np.float64)
    return np.asarray(found, np.float64).reshape(-1)


def _take(value: Any, rows: np.ndarray) -> Any:
    if isinstance(value, Mapping):
        return {name: _take(inner, rows) for name, inner in value.items()}
    return np.asarray(value)[rows]


def _column(values: Any) -> list[Any]:
    """Return a column's value for each row, None where it is missing."""
    if isinstance(values, tfma.types.VarLenTensorValue):
        column: list[Any] = [None] * int(values.dense_shape[0])
        for row, value in zip(values.indices[:, 0].tolist(), values.values.tolist(), strict=True):
            column[row] = value
        return column
    return [value if np.ndim(value) == 0 else value[0] for value in np.asarray(values).tolist()]
