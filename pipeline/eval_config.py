"""The metrics and thresholds of the Evaluator: TFMA's EvalConfig from the configuration."""

import json
import sys
from typing import Any

from tensorflow_model_analysis.proto import config_pb2

from modules.metrics.computation import describe_computation
from modules.metrics.measures import TABLES
from modules.metrics.results import (
    BASELINE,
    DECIDED,
    FAIRNESS_DIFFERENCE,
    FAIRNESS_RATIO,
    INTERVAL,
    LABEL_SET,
    ROWS,
    Kind,
)
from modules.signatures import CONSTANT_OUTPUT, LINEAR_OUTPUT, MODEL_OUTPUT
from penstock.config.config import Config
from penstock.config.sections import Threshold
from penstock.core.features import transformed_name
from penstock.core.fingerprint import fingerprint
from penstock.core.losses import LOSS_METRICS

EVALUATING = "modules.evaluation"
LINEAR_RULE = "not_worse_than_linear"


def eval_config(config: Config) -> config_pb2.EvalConfig:
    """Return the EvalConfig: each metric for the model and the baselines, with thresholds for the model."""
    names = config.metrics
    baselines = [CONSTANT_OUTPUT, *([LINEAR_OUTPUT] if config.model.family != LINEAR_OUTPUT else [])]
    return config_pb2.EvalConfig(
        model_specs=[_model_spec(config)],
        slicing_specs=[
            config_pb2.SlicingSpec(),
            *(config_pb2.SlicingSpec(feature_keys=[name]) for name in config.evaluation.slices),
        ],
        metrics_specs=[
            config_pb2.MetricsSpec(
                output_names=[MODEL_OUTPUT],
                metrics=[
                    _metric(config, ROWS, kind=Kind.ROWS),
                    *(_metric(config, name, _thresholds(name, config), **_interval(config)) for name in names),
                    *(_metric(config, name, kind=Kind.TABLE) for name in TABLES[config.model.task]),
                    *_gains(config, baselines),
                    *_slice_rules(config),
                    *_linear_rule(config),
                ],
            ),
            *(
                config_pb2.MetricsSpec(output_names=[output], metrics=[_metric(config, name) for name in names])
                for output in baselines
            ),
            *_decisions(config),
            *_fairness(config),
        ],
    )


def thresholds_of(config: Config) -> list[dict[str, Any]]:
    """Return each threshold as plain data: metric, kind, bound, slice.

    The kinds are `min`, `max`, `min_improvement`, `not_worse`, LINEAR_RULE, `promise` and those of fairness; a slice
    is a column or None.
    """
    rules: list[dict[str, Any]] = []
    for threshold in _all_thresholds(config):
        for kind in ("min", "max"):
            bound = getattr(threshold, kind)
            if bound is not None:
                rules.append({"metric": threshold.metric, "kind": kind, "bound": bound, "slice": threshold.slice})
    if config.evaluation.min_improvement is not None:
        bound = config.evaluation.min_improvement
        rules.append({"metric": config.evaluation.metric, "kind": "min_improvement", "bound": bound, "slice": None})
    if config.evaluation.slices_not_worse:
        metric = config.evaluation.metric
        rules += [
            {"metric": metric, "kind": "not_worse", "bound": None, "slice": column}
            for column in config.evaluation.slices
        ]
    if _is_compared_with_linear(config):
        rules.append({"metric": config.evaluation.metric, "kind": LINEAR_RULE, "bound": None, "slice": None})
    return [*rules, *(promise for output, promise in _promises(config)), *_limits(config)]


def _fairness(config: Config) -> list[config_pb2.MetricsSpec]:
    """Return what is computed of each rate and attribute; above 0 an interval is beyond a limit."""
    if config.fairness is None:
        return []
    metrics = [
        _metric(
            config,
            each.pop("metric"),
            [_at_most_zero(None)],
            kind=Kind.FAIRNESS,
            level=config.evaluation.confidence,
            **each,
        )
        for each in config.fairness.plain()
    ]
    return [config_pb2.MetricsSpec(output_names=[_decided_by(config)], metrics=metrics)]


def _decided_by(config: Config) -> str:
    """Return the output that decides: with a policy of `[decision]` its threshold, else a prediction above 0.5."""
    return DECIDED if config.decision is not None and config.decision.policy else MODEL_OUTPUT


def _limits(config: Config) -> list[dict[str, Any]]:
    """Return the limits of fairness, as ModelVerdict takes thresholds."""
    if config.fairness is None:
        return []
    keys = {FAIRNESS_DIFFERENCE: "max_difference", FAIRNESS_RATIO: "min_ratio"}
    shared = {"slice": None, "output": _decided_by(config)}
    return [
        {**shared, **{name: each[name] for name in ("metric", "attribute", "min_rows")}, "kind": kind, "bound": bound}
        for each in config.fairness.plain()
        for kind, key in keys.items()
        if (bound := each[key]) is not None
    ]


def _decisions(config: Config) -> list[config_pb2.MetricsSpec]:
    """Return what is computed of the decision, if one is configured: values, and how far a promise is missed."""
    if config.decision is None:
        return []
    costs = config.decision.costs.model_dump() if config.decision.costs else {}
    names: dict[str, tuple[str, ...]] = {}
    if config.decision.policy:
        names[DECIDED] = ("precision", "recall", "share", *(("cost", "saving") if costs else ()))
    if config.decision.coverage is not None:
        output, size = (INTERVAL, "width") if config.model.task == "regression" else (LABEL_SET, "set_size")
        names[output] = ("coverage", size)
    specs = []
    for output, metrics in names.items():
        options = {**costs, "output": output, "level": config.evaluation.confidence}
        promises = [promise for place, promise in _promises(config) if place == output]
        kept = [
            _metric(
                config, promise["metric"], [_at_most_zero(promise["slice"])], **_promise(config, promise), **options
            )
            for promise in promises
        ]
        values = [_metric(config, metric, kind=Kind.DECISION, **options) for metric in metrics]
        specs.append(config_pb2.MetricsSpec(output_names=[output], metrics=[*values, *kept]))
    return specs


def _promise(config: Config, promise: dict[str, Any]) -> dict[str, Any]:
    column = promise["slice"]
    rows = {} if column is None else {"against": column, "min_rows": config.evaluation.min_slice_rows}
    return {"kind": Kind.PROMISE, promise["side"]: promise["bound"], **rows}


def _promises(config: Config) -> list[tuple[str, dict[str, Any]]]:
    """Return what the decision must reach on `eval`, as ModelVerdict takes thresholds, with the output it is about."""
    decision = config.decision
    promises: list[tuple[str, dict[str, Any]]] = []
    if decision is None:
        return []
    if decision.policy:
        metric, bound = {
            "costs": ("saving", 0.0),
            "precision": ("precision", decision.precision),
            "recall": ("recall", decision.recall),
            "capacity": ("share", decision.share),
        }[decision.policy]
        side = "most" if decision.policy == "capacity" else "least"
        promises.append((DECIDED, {"metric": metric, "side": side, "bound": bound, "slice": None}))
    if decision.coverage is not None:
        output = INTERVAL if config.model.task == "regression" else LABEL_SET
        for column in (None, *([decision.by] if decision.by is not None else [])):
            covered = {"metric": "coverage", "side": "least", "bound": decision.coverage, "slice": column}
            promises.append((output, covered))
    return [(output, {**promise, "kind": "promise", "output": output}) for output, promise in promises]


def _model_spec(config: Config) -> config_pb2.ModelSpec:
    weight = {"example_weight_key": config.data.weight} if config.data.weight is not None else {}
    if config.model.task != "multiclass":
        return config_pb2.ModelSpec(signature_name="evaluation", label_key=config.data.label, **weight)
    # A multiclass label is text or a code; Transform maps it to the class numbers of the model.
    return config_pb2.ModelSpec(
        signature_name="evaluation",
        label_key=transformed_name(config.data.label),
        preprocessing_function_names=["transform_label"],
        **weight,
    )


def _metric(
    config: Config, metric: str, thresholds: list[config_pb2.PerSliceMetricThreshold] | None = None, **options: Any
) -> config_pb2.MetricConfig:
    # The cache key of the Evaluator contains this text, and with the fingerprint also the code.
    loss: dict[str, Any] = {"loss": config.loss.text()} if metric in LOSS_METRICS[config.model.loss] else {}
    parameters = describe_computation(metric, config.model.task, code=fingerprint(EVALUATING), **loss, **options)
    return config_pb2.MetricConfig(
        class_name="Measured", module=EVALUATING, config=json.dumps(parameters), per_slice_thresholds=thresholds or []
    )


def _interval(config: Config) -> dict[str, Any]:
    return {"interval": True, "level": config.evaluation.confidence}


def _gains(config: Config, baselines: list[str]) -> list[config_pb2.MetricConfig]:
    """Return the gain of the model over each baseline, on the metric that decides."""
    metric = config.evaluation.metric
    greater = config.metrics[metric]
    return [
        _metric(config, metric, kind=Kind.GAIN, against=output, greater=greater, **_interval(config))
        for output in [*baselines, *([BASELINE] if config.evaluation.baseline != "none" else [])]
    ]


def _is_compared_with_linear(config: Config) -> bool:
    return config.evaluation.not_worse_than_linear and config.model.family != LINEAR_OUTPUT


def _linear_rule(config: Config) -> list[config_pb2.MetricConfig]:
    """Return the metric of the rule that the model is not worse than the linear one: above 0 it breaks the rule."""
    if not _is_compared_with_linear(config):
        return []
    metric = config.evaluation.metric
    zero = config_pb2.GenericValueThreshold(upper_bound={"value": 0.0})
    overall = _per_slice(config_pb2.SlicingSpec(), config_pb2.MetricThreshold(value_threshold=zero))
    options = {"greater": config.metrics[metric], "level": config.evaluation.confidence}
    return [_metric(config, metric, [overall], kind=Kind.WORSE_THAN, against=LINEAR_OUTPUT, **options)]


def _slice_rules(config: Config) -> list[config_pb2.MetricConfig]:
    """Return the metrics for rules by slice: a value above 0 means that a slice breaks the rule."""
    evaluation, rules = config.evaluation, []
    for metric, column in dict.fromkeys(
        (each.metric, each.slice) for each in evaluation.thresholds if each.slice is not None
    ):
        thresholds = [each for each in evaluation.thresholds if (each.metric, each.slice) == (metric, column)]
        lower, upper = _tightest(thresholds)
        bounds = {"least": lower, "most": upper, "min_rows": evaluation.min_slice_rows}
        rules.append(_metric(config, metric, [_at_most_zero(column)], kind=Kind.MISSED, against=column, **bounds))
    if evaluation.slices_not_worse:
        each_slice = [_at_most_zero(column) for column in evaluation.slices]
        options = {
            "greater": config.metrics[evaluation.metric],
            "level": evaluation.confidence,
            "kind": Kind.WORSE,
        }
        rules.append(_metric(config, evaluation.metric, each_slice, min_rows=evaluation.min_slice_rows, **options))
    return rules


def _at_most_zero(column: str | None) -> config_pb2.PerSliceMetricThreshold:
    zero = config_pb2.GenericValueThreshold(upper_bound={"value": 0.0})
    keys = [] if column is None else [column]
    return _per_slice(config_pb2.SlicingSpec(feature_keys=keys), config_pb2.MetricThreshold(value_threshold=zero))


def _all_thresholds(config: Config) -> list[Threshold]:
    evaluation = config.evaluation
    first = (
        [Threshold(metric=evaluation.metric, min=evaluation.min, max=evaluation.max)]
        if (evaluation.min, evaluation.max) != (None, None)
        else []
    )
    return [*first, *evaluation.thresholds]


def _thresholds(name: str, config: Config) -> list[config_pb2.PerSliceMetricThreshold]:
    """Return the thresholds on a metric over all rows."""
    overall = [each for each in _all_thresholds(config) if each.metric == name and each.slice is None]
    change = _change(config) if name == config.evaluation.metric else None
    if not overall and change is None:
        return []
    threshold = config_pb2.MetricThreshold(value_threshold=_bounds(overall), change_threshold=change)
    # A plain `threshold` would apply to every slice; the one over all rows is the slice without columns.
    return [_per_slice(config_pb2.SlicingSpec(), threshold)]


def _per_slice(
    spec: config_pb2.SlicingSpec, threshold: config_pb2.MetricThreshold
) -> config_pb2.PerSliceMetricThreshold:
    return config_pb2.PerSliceMetricThreshold(slicing_specs=[spec], threshold=threshold)


def _bounds(thresholds: list[Threshold]) -> config_pb2.GenericValueThreshold:
    lower, upper = _tightest(thresholds)
    if not thresholds:
        # Without a baseline a gain alone is not a threshold, and TFX would never bless the first model.
        lower = -sys.float_info.max
    bounds = {"lower_bound": {"value": lower}} if lower is not None else {}
    if upper is not None:
        bounds["upper_bound"] = {"value": upper}
    return config_pb2.GenericValueThreshold(**bounds)


def _tightest(thresholds: list[Threshold]) -> tuple[float | None, float | None]:
    lower = [threshold.min for threshold in thresholds if threshold.min is not None]
    upper = [threshold.max for threshold in thresholds if threshold.max is not None]
    return max(lower, default=None), min(upper, default=None)


def _change(config: Config) -> config_pb2.GenericChangeThreshold | None:
    least = config.evaluation.min_improvement
    if least is None:
        return None
    if config.metrics[config.evaluation.metric]:
        return config_pb2.GenericChangeThreshold(
            direction=config_pb2.MetricDirection.HIGHER_IS_BETTER, absolute={"value": least}
        )
    return config_pb2.GenericChangeThreshold(
        direction=config_pb2.MetricDirection.LOWER_IS_BETTER, absolute={"value": -least}
    )
