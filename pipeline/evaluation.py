"""What the Evaluator measures and what a model must reach: TFMA's EvalConfig from the configuration."""

import json
import sys
from typing import Any

import tensorflow_model_analysis as tfma

from modules.features import transformed_name
from modules.figures import ROWS
from modules.signatures import CONSTANT_OUTPUT, MODEL_OUTPUT
from pipeline.config import Config, Threshold
from pipeline.fingerprint import fingerprint
from pipeline.metrics import METRICS

EVALUATING = "modules.evaluating"


def eval_config(config: Config) -> tfma.EvalConfig:
    """Return the EvalConfig: each metric of the task for the model and for the constant, thresholds on the model's."""
    names = METRICS[config.model.task]
    return tfma.EvalConfig(
        model_specs=[_model_spec(config)],
        slicing_specs=[
            tfma.SlicingSpec(),
            *(tfma.SlicingSpec(feature_keys=[name]) for name in config.evaluation.slices),
        ],
        metrics_specs=[
            tfma.MetricsSpec(
                output_names=[MODEL_OUTPUT],
                metrics=[
                    _metric_config(ROWS, config, {}),
                    *(_metric_config(name, config, _thresholds(name, config)) for name in names),
                ],
            ),
            tfma.MetricsSpec(
                output_names=[CONSTANT_OUTPUT], metrics=[_metric_config(name, config, {}) for name in names]
            ),
        ],
    )


def thresholds_of(config: Config) -> list[dict[str, Any]]:
    """Return each threshold as plain data: metric, kind (`min`, `max`, `min_improvement`), bound, slice."""
    rules: list[dict[str, Any]] = []
    for threshold in _all_thresholds(config):
        for kind in ("min", "max"):
            bound = getattr(threshold, kind)
            if bound is not None:
                rules.append({"metric": threshold.metric, "kind": kind, "bound": bound, "slice": threshold.slice})
    if config.evaluation.min_improvement is not None:
        bound = config.evaluation.min_improvement
        rules.append({"metric": config.evaluation.metric, "kind": "min_improvement", "bound": bound, "slice": None})
    return rules


def _model_spec(config: Config) -> tfma.ModelSpec:
    if config.model.task != "multiclass":
        return tfma.ModelSpec(signature_name="evaluation", label_key=config.data.label)
    # A multiclass label is text or a code; the transform numbers the classes as the model does.
    return tfma.ModelSpec(
        signature_name="evaluation",
        label_key=transformed_name(config.data.label),
        preprocessing_function_names=["transform_label"],
    )


def _metric_config(name: str, config: Config, thresholds: dict[str, Any]) -> tfma.MetricConfig:
    # The Evaluator's cache key holds this text, and by the fingerprint the code behind it.
    options = {"name": name, "task": config.model.task, "code": fingerprint(EVALUATING)}
    return tfma.MetricConfig(class_name="Measured", module=EVALUATING, config=json.dumps(options), **thresholds)


def _all_thresholds(config: Config) -> list[Threshold]:
    own = config.evaluation
    first = [Threshold(metric=own.metric, min=own.min, max=own.max)] if (own.min, own.max) != (None, None) else []
    return [*first, *own.thresholds]


def _thresholds(name: str, config: Config) -> dict[str, Any]:
    mine = [threshold for threshold in _all_thresholds(config) if threshold.metric == name]
    overall = [threshold for threshold in mine if threshold.slice is None]
    change = _change(config) if name == config.evaluation.metric else None
    bound = [
        # A bare `threshold` would bind every slice; the overall one is the slice of no column.
        _per_slice(tfma.SlicingSpec(), tfma.MetricThreshold(value_threshold=_bounds(overall), change_threshold=change))
    ]
    for threshold in mine:
        if threshold.slice is not None:
            spec = tfma.SlicingSpec(feature_keys=[threshold.slice])
            bound.append(_per_slice(spec, tfma.MetricThreshold(value_threshold=_bounds([threshold]))))
    return {"per_slice_thresholds": bound if overall or change is not None else bound[1:]}


def _per_slice(spec: tfma.SlicingSpec, threshold: tfma.MetricThreshold) -> tfma.PerSliceMetricThreshold:
    return tfma.PerSliceMetricThreshold(slicing_specs=[spec], threshold=threshold)


def _bounds(thresholds: list[Threshold]) -> tfma.GenericValueThreshold:
    lower = [threshold.min for threshold in thresholds if threshold.min is not None]
    upper = [threshold.max for threshold in thresholds if threshold.max is not None]
    if not thresholds:
        # A gain alone is no threshold where there is no baseline yet, and TFX would never bless the first model.
        lower = [-sys.float_info.max]
    bounds = {"lower_bound": {"value": max(lower)}} if lower else {}
    if upper:
        bounds["upper_bound"] = {"value": min(upper)}
    return tfma.GenericValueThreshold(**bounds)


def _change(config: Config) -> tfma.GenericChangeThreshold | None:
    least = config.evaluation.min_improvement
    if least is None:
        return None
    if METRICS[config.model.task][config.evaluation.metric]:
        return tfma.GenericChangeThreshold(direction=tfma.MetricDirection.HIGHER_IS_BETTER, absolute={"value": least})
    return tfma.GenericChangeThreshold(direction=tfma.MetricDirection.LOWER_IS_BETTER, absolute={"value": -least})
