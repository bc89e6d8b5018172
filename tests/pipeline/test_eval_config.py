"""The EvalConfig: its content, and that TFMA blesses by it exactly the models that the configuration accepts."""

import json

import numpy as np
import pytest

from penstock.config.sections import METRICS
from tests.metadata_store import CONFIGURATION, configuration

pytestmark = pytest.mark.slow

UNGATED = CONFIGURATION.replace("min = 0.9\n", "")
HAIR = 1e-9


def evaluation(folder, *settings):
    """Return a configuration without a gate, but those that are set."""
    return configuration(folder, "evaluation.not_worse_than_linear=false", *settings, text=UNGATED)


def completed(config, *, baseline):
    """Return the EvalConfig as TFX's Evaluator completes it."""
    import tensorflow_model_analysis as tfma

    from pipeline.eval_config import eval_config

    found = tfma.utils.update_eval_config_with_defaults(eval_config(config), has_baseline=baseline, rubber_stamp=True)
    tfma.utils.verify_eval_config(found)
    return found


def passes(config, metric, value, where=(), *, gain=None, **rules):
    """Return whether TFMA validates a slice in which one metric has a value, or a gain."""
    import tensorflow_model_analysis as tfma
    from tensorflow_model_analysis.evaluators.metrics_validator import validate_metrics

    completed_config = completed(config, baseline=gain is not None)
    thresholds = tfma.metrics.metric_thresholds_from_metrics_specs(
        completed_config.metrics_specs, eval_config=completed_config
    )
    assert thresholds, "TFX would not validate at all"
    values = {key: (gain if key.is_diff else value) for key in thresholds if key.name == metric}
    assert values
    values |= {key: rules[key.name] for key in thresholds if key.name in rules}
    return validate_metrics((where, values), completed_config).validation_ok


def test_each_metric_is_measured_for_the_model_and_for_the_constant(tmp_path):
    from penstock.core.fingerprint import fingerprint
    from pipeline.eval_config import eval_config

    found = eval_config(evaluation(tmp_path, "evaluation.min=0.9", 'evaluation.slices=["miles"]'))
    model, constant, linear = found.metrics_specs
    outputs = [list(spec.output_names) for spec in (model, constant, linear)]
    assert outputs == [["model"], ["constant"], ["linear"]]
    options = [json.loads(metric.config) for metric in model.metrics]
    gains = [f"auc/over_{baseline}" for baseline in ("constant", "linear", "baseline")]
    tables = ["confusion", "reliability"]
    assert [option["name"] for option in options] == ["example_count", *METRICS["binary"], *tables, *gains]
    assert {option["name"] for option in options if option.get("interval")} == {*METRICS["binary"], *gains}
    for spec in (constant, linear):
        assert [json.loads(metric.config)["name"] for metric in spec.metrics] == list(METRICS["binary"])
    assert {option["task"] for option in options} == {"binary"}
    assert {option["code"] for option in options} == {fingerprint("modules.evaluation")}
    assert {(metric.class_name, metric.module) for metric in model.metrics} == {("Measured", "modules.evaluation")}
    assert [list(spec.feature_keys) for spec in found.slicing_specs] == [[], ["miles"]]


@pytest.mark.parametrize(
    ("task", "metric", "key", "functions"),
    [
        ("binary", "auc", "tip", []),
        ("regression", "mae", "tip", []),
        ("multiclass", "accuracy", "tip_xf", ["transform_label"]),
    ],
)
def test_label_is_read_as_the_model_reads_it(tmp_path, task, metric, key, functions):
    from pipeline.eval_config import eval_config

    settings = (f"model.task={task}", f"evaluation.metric={metric}", "evaluation.min=0.1")
    (spec,) = eval_config(evaluation(tmp_path, *settings)).model_specs
    assert (spec.label_key, list(spec.preprocessing_function_names)) == (key, functions)
    assert spec.signature_name == "evaluation"


MIN, MAX = ("evaluation.min=0.9",), ("evaluation.metric=log_loss", "evaluation.max=0.5")


@pytest.mark.parametrize(
    ("settings", "metric", "value", "verdict"),
    [
        (MIN, "auc", 0.9, True),
        (MIN, "auc", 0.9 - HAIR, False),
        (MIN, "auc", 1.0, True),
        (MIN, "auc", float("nan"), False),
        (MAX, "log_loss", 0.5, True),
        (MAX, "log_loss", 0.5 + HAIR, False),
        (MAX, "log_loss", float("nan"), False),
        ((*MIN, "evaluation.max=0.95"), "auc", 0.95, True),
        ((*MIN, "evaluation.max=0.95"), "auc", 0.95 + HAIR, False),
        ((*MIN, "evaluation.max=0.95"), "auc", 0.9 - HAIR, False),
        # The tightest of several bounds on one metric applies.
        ((*MIN, 'evaluation.thresholds=[{metric="auc", min=0.92}]'), "auc", 0.92, True),
        ((*MIN, 'evaluation.thresholds=[{metric="auc", min=0.92}]'), "auc", 0.92 - HAIR, False),
        ((*MIN, 'evaluation.thresholds=[{metric="auc", min=0.5}]'), "auc", 0.9 - HAIR, False),
        (('evaluation.thresholds=[{metric="recall", min=0.3, max=0.6}]',), "recall", 0.3, True),
        (('evaluation.thresholds=[{metric="recall", min=0.3, max=0.6}]',), "recall", 0.6 + HAIR, False),
    ],
)
def test_value_at_the_bound_passes_and_one_just_beyond_is_refused(tmp_path, settings, metric, value, verdict):
    assert passes(evaluation(tmp_path, *settings), metric, value) is verdict


@pytest.mark.parametrize(
    ("metric", "least", "change", "verdict"),
    [
        ("auc", 0.0, 0.0, True),
        ("auc", 0.0, -HAIR, False),
        ("auc", 0.01, 0.01, True),
        ("auc", 0.01, 0.01 - HAIR, False),
        ("auc", -0.02, -0.02, True),
        ("auc", -0.02, -0.02 - HAIR, False),
        # If lower is better, a gain is a decrease.
        ("log_loss", 0.0, 0.0, True),
        ("log_loss", 0.0, HAIR, False),
        ("log_loss", 0.01, -0.01, True),
        ("log_loss", 0.01, -0.01 + HAIR, False),
        ("log_loss", -0.02, 0.02, True),
        ("log_loss", -0.02, 0.02 + HAIR, False),
    ],
)
def test_gain_over_the_baseline_counts_in_the_direction_of_the_metric(tmp_path, metric, least, change, verdict):
    config = evaluation(tmp_path, f"evaluation.metric={metric}", f"evaluation.min_improvement={least}")
    assert passes(config, metric, 0.1, gain=change) is verdict


@pytest.mark.parametrize(("value", "verdict"), [(0.0, True), (-7.5, True), (float("nan"), False)])
def test_first_model_passes_if_only_a_gain_is_required(tmp_path, value, verdict):
    config = evaluation(tmp_path, "model.task=regression", "evaluation.metric=r2", "evaluation.min_improvement=0.01")
    assert passes(config, "r2", value) is verdict


def test_threshold_on_the_value_and_on_the_gain_must_both_pass(tmp_path):
    config = evaluation(tmp_path, "evaluation.min=0.9", "evaluation.min_improvement=0.01")
    assert passes(config, "auc", 0.95, gain=0.02)
    assert not passes(config, "auc", 0.85, gain=0.02)
    assert not passes(config, "auc", 0.95, gain=0.0)
    assert passes(config, "auc", 0.95)


SLICED = (*MIN, 'evaluation.slices=["miles"]', 'evaluation.thresholds=[{metric="auc", min=0.7, slice="miles"}]')


@pytest.mark.parametrize(
    ("where", "value", "verdict"),
    [
        ((), 0.9, True),
        ((), 0.8, False),
        ((("miles", 3),), 0.1, True),
    ],
)
def test_overall_bound_does_not_apply_to_slices(tmp_path, where, value, verdict):
    assert passes(evaluation(tmp_path, *SLICED), "auc", value, where, **{MISSED: 0.0}) is verdict


MISSED = "auc/missed/miles"


@pytest.mark.parametrize(
    ("where", "missed", "verdict"),
    [
        ((), 0.5, True),
        ((("miles", 3),), 0.0, True),
        ((("miles", 3),), -0.1, True),
        ((("miles", 3),), HAIR, False),
        ((("miles", 4.5),), float("nan"), False),
        ((("other", "x"),), 0.5, True),
    ],
)
def test_bound_of_a_slice_is_missed_if_any_of_its_values_is_above_zero(tmp_path, where, missed, verdict):
    assert passes(evaluation(tmp_path, *SLICED), "auc", 0.95, where, **{MISSED: missed}) is verdict


def options_of(config, name):
    from pipeline.eval_config import eval_config

    found = [json.loads(metric.config) for spec in eval_config(config).metrics_specs for metric in spec.metrics]
    return next(option for option in found if option["name"] == name)


def test_bounds_of_a_slice_are_the_tightest_and_need_enough_rows(tmp_path):
    bounds = (
        'evaluation.thresholds=[{metric="auc", min=0.7, slice="miles"}, {metric="auc", min=0.8, max=0.99, '
        'slice="miles"}, {metric="recall", max=0.9, slice="miles"}]'
    )
    config = evaluation(tmp_path, *SLICED[:2], bounds, "evaluation.min_slice_rows=30")
    own = options_of(config, MISSED)
    assert (own["least"], own["most"], own["min_rows"]) == (0.8, 0.99, 30)
    other = options_of(config, "recall/missed/miles")
    assert (other["least"], other["most"]) == (None, 0.9)


NOT_WORSE = (*MIN, 'evaluation.slices=["miles"]', "evaluation.slices_not_worse=true")


@pytest.mark.parametrize(
    ("where", "beyond", "verdict"),
    [
        ((), 0.5, True),
        ((("miles", 3),), 0.0, True),
        ((("miles", 3),), HAIR, False),
        ((("miles", 3),), float("nan"), False),
    ],
)
@pytest.mark.parametrize("gain", [None, 0.0])
def test_no_slice_may_be_worse_beyond_its_interval(tmp_path, where, beyond, verdict, gain):
    config = evaluation(tmp_path, *NOT_WORSE)
    assert passes(config, "auc", 0.95, where, gain=gain, **{"auc/worse": beyond}) is verdict


@pytest.mark.parametrize(("beyond", "verdict"), [(-0.1, True), (0.0, True), (HAIR, False), (float("nan"), False)])
def test_model_may_not_be_worse_than_the_linear_one_beyond_the_interval(tmp_path, beyond, verdict):
    config = evaluation(tmp_path, *MIN, "evaluation.not_worse_than_linear=true", "model.family=trees")
    assert passes(config, "auc", 0.95, (), **{"auc/worse_than_linear": beyond}) is verdict


def test_linear_model_is_not_compared_with_itself(tmp_path):
    from pipeline.eval_config import eval_config, thresholds_of

    for family, compared in (("trees", True), ("linear", False)):
        config = evaluation(tmp_path, *MIN, "evaluation.not_worse_than_linear=true", f"model.family={family}")
        names = [json.loads(metric.config)["name"] for metric in eval_config(config).metrics_specs[0].metrics]
        assert ("auc/worse_than_linear" in names) is compared
        kinds = [threshold["kind"] for threshold in thresholds_of(config)]
        assert ("not_worse_than_linear" in kinds) is compared


def test_rule_of_slices_knows_direction_confidence_and_rows(tmp_path):
    config = evaluation(
        tmp_path, *NOT_WORSE, "evaluation.metric=log_loss", "evaluation.min=0.0", "evaluation.confidence=0.99"
    )
    option = options_of(config, "log_loss/worse")
    assert (option["greater"], option["level"], option["min_rows"]) == (False, 0.99, 100)
    assert options_of(config, "auc")["level"] == 0.99


def test_without_a_baseline_nothing_is_compared_with_it(tmp_path):
    from pipeline.eval_config import eval_config

    config = evaluation(tmp_path, *MIN, "evaluation.baseline=none")
    names = [json.loads(metric.config)["name"] for metric in eval_config(config).metrics_specs[0].metrics]
    assert "auc/over_constant" in names
    assert "auc/over_baseline" not in names


def test_constant_has_no_threshold(tmp_path):
    import tensorflow_model_analysis as tfma

    found = completed(evaluation(tmp_path, *SLICED, "evaluation.min_improvement=0.0"), baseline=True)
    thresholds = tfma.metrics.metric_thresholds_from_metrics_specs(found.metrics_specs, eval_config=found)
    assert {(key.name, key.output_name) for key in thresholds} == {("auc", "model"), (MISSED, "model")}


def test_thresholds_as_plain_data_equal_those_of_the_configuration(tmp_path):
    from pipeline.eval_config import thresholds_of

    further = 'evaluation.thresholds=[{metric="recall", min=0.1, max=0.2}, {metric="auc", max=0.99, slice="miles"}]'
    config = evaluation(tmp_path, *SLICED[:2], further, "evaluation.min_improvement=-0.5")
    assert thresholds_of(config) == [
        {"metric": "auc", "kind": "min", "bound": 0.9, "slice": None},
        {"metric": "recall", "kind": "min", "bound": 0.1, "slice": None},
        {"metric": "recall", "kind": "max", "bound": 0.2, "slice": None},
        {"metric": "auc", "kind": "max", "bound": 0.99, "slice": "miles"},
        {"metric": "auc", "kind": "min_improvement", "bound": -0.5, "slice": None},
    ]


def test_rule_of_slices_is_plain_data_for_each_column(tmp_path):
    from pipeline.eval_config import thresholds_of

    config = evaluation(tmp_path, *NOT_WORSE[1:])
    assert thresholds_of(config) == [{"metric": "auc", "kind": "not_worse", "bound": None, "slice": "miles"}]


def test_decision_is_measured_and_its_promise_is_gated(tmp_path):
    from pipeline.eval_config import thresholds_of

    config = evaluation(tmp_path, "evaluation.min=0.9", "decision.costs={fp=1, fn=8}")
    decided = completed(config, baseline=False).metrics_specs[-1]
    assert list(decided.output_names) == ["decision"]
    options = {each["name"]: each for each in (json.loads(metric.config) for metric in decided.metrics)}
    assert list(options) == ["precision", "recall", "share", "cost", "saving", "saving/promise/"]
    assert (options["cost"]["fp"], options["cost"]["fn"], options["saving/promise/"]["least"]) == (1, 8, 0)
    assert thresholds_of(config)[-1] == {
        **{"metric": "saving", "side": "least", "bound": 0.0, "slice": None, "kind": "promise", "output": "decision"}
    }
    for value, passed in ((-0.1, True), (0.1, False), (float("nan"), False)):
        assert passes(config, "saving/promise/", value, auc=0.95) is passed


def decided_rows():
    """Return 1000 rows with their decision: 100 yes, 80 of them true, and 400 true."""
    from modules.metrics.scored import Scored

    yes = np.arange(1000) < 100
    truth = np.where(yes, np.arange(1000) < 80, np.arange(1000) >= 680).astype(float)
    order = np.random.default_rng(5).permutation(1000)
    return Scored(truth[order], np.stack([yes, np.zeros(1000)], axis=1)[order], buckets=20)


# The decision has a precision of 0.8, a recall of 0.2 and a share of 0.1. Never deciding yes is the cheapest constant:
# it costs 400 with the first costs, where the decision costs 340, and with the second, where it costs 720.
PROMISES = [
    ("decision.precision=0.7", "precision", 0.7, True),
    ("decision.precision=0.95", "precision", 0.95, False),
    ("decision.recall=0.15", "recall", 0.15, True),
    ("decision.recall=0.5", "recall", 0.5, False),
    ("decision.capacity=0.2", "share", 0.2, True),
    ("decision.capacity=0.05", "share", 0.05, False),
    ("decision={capacity=200, per=1000}", "share", 0.2, True),
    ("decision={capacity=50, per=1000}", "share", 0.05, False),
    ("decision.costs={fp=1, fn=1}", "saving", 0.0, True),
    ("decision.costs={fp=20, fn=1}", "saving", 0.0, False),
]


@pytest.mark.parametrize(("setting", "metric", "bound", "kept"), PROMISES)
def test_policy_is_kept_or_broken_by_what_it_is_about(tmp_path, setting, metric, bound, kept):
    from modules.metrics.computation import parse_computation
    from pipeline.eval_config import thresholds_of

    config = evaluation(tmp_path, "evaluation.min=0.9", setting)
    name = f"{metric}/promise/"
    computation = parse_computation(options_of(config, name))
    values = computation.values(lambda *_: decided_rows(), "", "decision", None)
    assert list(values) == [name]
    assert (values[name] <= 0) is kept
    assert passes(config, name, values[name], auc=0.95) is kept
    side = "most" if metric == "share" else "least"
    assert thresholds_of(config)[-1] == {
        **{"metric": metric, "side": side, "bound": bound, "slice": None, "kind": "promise", "output": "decision"}
    }


def test_coverage_is_gated_over_all_rows_and_by_slice(tmp_path):
    text = UNGATED.replace("[evaluation]", 'zone = "categorical"\n[evaluation]\nmin = 0.9\nslices = ["zone"]')
    config = configuration(
        tmp_path, "evaluation.not_worse_than_linear=false", "decision.coverage=0.9", "decision.by=zone", text=text
    )
    decided = completed(config, baseline=False).metrics_specs[-1]
    assert list(decided.output_names) == ["label_set"]
    options = {each["name"]: each for each in (json.loads(metric.config) for metric in decided.metrics)}
    assert list(options) == ["coverage", "set_size", "coverage/promise/", "coverage/promise/zone"]
    assert (options["coverage/promise/zone"]["min_rows"], options["coverage/promise/zone"]["least"]) == (100, 0.9)
    for where, beyond, passed in [((), 0.01, False), ((), -0.1, True), ((("zone", "a"),), 0.0, True)]:
        rules = {"coverage/promise/": beyond, "coverage/promise/zone": beyond}
        assert passes(config, "auc", 0.95, where, **rules) is passed
    assert not passes(config, "auc", 0.95, (("zone", "a"),), **{"coverage/promise/zone": 0.01})


FAIR = 'fairness={attributes=["miles"], metric="selection_rate", max_difference=0.1, min_ratio=0.8, bins={miles=[3]}}'


@pytest.mark.parametrize(("missed", "verdict"), [(0.0, True), (-0.1, True), (HAIR, False)])
def test_limit_of_fairness_is_missed_if_the_interval_is_beyond_it(tmp_path, missed, verdict):
    config = evaluation(tmp_path, *MIN, FAIR)
    assert passes(config, "auc", 0.95, **{"fairness/selection_rate/miles/missed": missed}) is verdict


@pytest.mark.parametrize(("settings", "output"), [((), "model"), (("decision.recall=0.8",), "decision")])
def test_fairness_is_computed_of_what_decides(tmp_path, settings, output):
    from pipeline.eval_config import eval_config, thresholds_of

    config = evaluation(tmp_path, *MIN, FAIR, *settings)
    spec = eval_config(config).metrics_specs[-1]
    assert list(spec.output_names) == [output]
    found = options_of(config, "fairness/selection_rate/miles/missed")
    assert (found["edges"], found["max_difference"], found["min_ratio"]) == ([3.0], 0.1, 0.8)
    rules = [rule for rule in thresholds_of(config) if rule["kind"].startswith("fairness")]
    assert [(rule["kind"], rule["bound"], rule["output"]) for rule in rules] == [
        ("fairness_difference", 0.1, output),
        ("fairness_ratio", 0.8, output),
    ]


def test_each_rate_is_computed_of_each_attribute_and_pair(tmp_path):
    from pipeline.eval_config import thresholds_of

    text = (
        'fairness={attributes=["miles", "sex"], crossed=[["miles", "sex"]], bins={miles=[3]}, '
        'metric=["selection_rate", "error"], min_ratio=0.8, limits={error={max_difference=0.1}}}'
    )
    config = evaluation(tmp_path, *MIN, text)
    names = ["miles", "sex", "miles and sex"]
    for rate in ("selection_rate", "error"):
        found = [options_of(config, f"fairness/{rate}/{name}/missed") for name in names]
        assert [each["crossed"] for each in found] == [None, None, ["miles", "sex"]]
        assert [each["edges"] for each in found] == [[3.0], None, None]
    rules = [rule for rule in thresholds_of(config) if rule["kind"].startswith("fairness")]
    assert [(rule["metric"], rule["attribute"], rule["kind"], rule["bound"]) for rule in rules] == [
        *(("selection_rate", name, "fairness_ratio", 0.8) for name in names),
        *(("error", name, "fairness_difference", 0.1) for name in names),
    ]
