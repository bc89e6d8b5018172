"""The values that the Evaluator wrote, by slice, output and name."""

import math
from typing import Any

import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import metrics_for_slice_pb2

# (column, value) of a slice; () is the whole split.
Slice = tuple[Any, ...]
Values = dict[str, Any]
Outputs = dict[str, Values]
Metrics = dict[Slice, Outputs]


def load(uri: str) -> tuple[Metrics, Metrics | None]:
    """Return the candidate's values, and the baseline's where a baseline was evaluated.

    Args:
        uri: The folder of a ModelEvaluation.
    """
    found: dict[str, Metrics] = {}
    for part in tfma.load_metrics(uri):
        name = _key_of(part)
        for item in part.metric_keys_and_values:
            if not item.key.is_diff:
                outputs = found.setdefault(item.key.model_name, {}).setdefault(name, {})
                outputs.setdefault(item.key.output_name, {})[item.key.name] = _value(item.value)
    if tfma.CANDIDATE_KEY in found:
        return found[tfma.CANDIDATE_KEY], found.get(tfma.BASELINE_KEY)
    return found[""], None


def finite(value: float | None) -> float | None:
    """Return a number, None for what is none."""
    return None if value is None or not math.isfinite(value) else float(value)


def _key_of(part: metrics_for_slice_pb2.MetricsForSlice) -> Slice:
    if not part.slice_key.single_slice_keys:
        return ()
    key = part.slice_key.single_slice_keys[0]
    value = getattr(key, key.WhichOneof("kind"))
    return key.column, value.decode() if isinstance(value, bytes) else value


def _value(value: metrics_for_slice_pb2.MetricValue) -> Any:
    if value.HasField("array_value"):
        return np.reshape(value.array_value.float64_values, tuple(value.array_value.shape))
    return value.double_value.value
