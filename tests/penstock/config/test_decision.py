"""The section [decision]: what it accepts, and the errors of wrong values."""

import pytest

from penstock.core.errors import ConfigError
from tests.metadata_store import CONFIGURATION, configuration

REGRESSION = CONFIGURATION.replace('metric = "auc"\nmin = 0.9', 'metric = "mae"\nmax = 1').replace(
    "[features]", '[model]\ntask = "regression"\n[features]\nzone = "categorical"'
)


@pytest.mark.parametrize(
    ("settings", "policy", "value"),
    [
        (["decision.costs={fp=1, fn=8}"], "costs", {"fp": 1.0, "fn": 8.0}),
        (["decision.precision=0.9"], "precision", 0.9),
        (["decision.recall=0.75"], "recall", 0.75),
        (["decision.capacity=0.05"], "capacity", 0.05),
        (["decision.capacity=100", "decision.per=2000"], "capacity", 0.05),
        (["decision.coverage=0.9"], None, None),
    ],
)
def test_policy_is_plain_data_for_the_node(tmp_path, settings, policy, value):
    plain = configuration(tmp_path, *settings).decision.plain()
    assert (plain["policy"], plain["value"]) == (policy, value)


def test_without_the_section_nothing_is_decided(tmp_path):
    assert configuration(tmp_path).decision is None


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (["decision={}"], "decision: expected one of costs, precision, recall, capacity, or coverage, received none"),
        (
            ["decision.precision=0.9", "decision.recall=0.9"],
            "decision: expected one of costs, precision, recall, capacity, received precision and recall",
        ),
        (["decision.costs={fp=1}"], "decision.costs.fn: expected a value, received none; add the key"),
        (["decision.costs={fp=0, fn=1}"], "decision.costs.fp: expected a number greater than 0, received 0"),
        (["decision.costs={fp=1, fn=inf}"], "decision.costs.fn: expected a finite number, received inf"),
        (["decision.costs=8"], "decision.costs: expected a table, received 8"),
        (["decision.precision=1"], "decision.precision: expected a number less than 1, received 1"),
        (["decision.recall=0"], "decision.recall: expected a number greater than 0, received 0"),
        (
            ["decision.capacity=100"],
            "decision.capacity: expected a share below 1, or a number of rows together with `per`, received 100",
        ),
        (
            ["decision.capacity=100", "decision.per=100"],
            "decision.capacity: expected less than `per`, received 100",
        ),
        (
            ["decision.capacity=0.1", "decision.per=100"],
            "decision.capacity: expected a capacity of at least 1 with per, received 0.1",
        ),
        (["decision.coverage=0.4"], "decision.coverage: expected a number of at least 0.5, received 0.4"),
        (["decision.coverage=1"], "decision.coverage: expected a number less than 1, received 1"),
        (
            ["decision.precision=0.9", "decision.by=miles"],
            "decision.coverage: expected coverage with by, received none",
        ),
        (
            ["decision.coverage=0.9", "decision.by=miles"],
            "decision.by: expected a feature that is categorical or boolean, received 'miles', which is numeric",
        ),
        (
            ["decision.coverage=0.9", "decision.by=mile"],
            "decision.by: expected a feature that is categorical or boolean, received 'mile', which is no feature",
        ),
        (
            ["decision.coverage=0.9", "decision.split=eval"],
            "decision.split: expected a split that neither trains nor evaluates, or none for the validation rows of "
            "train, received 'eval'",
        ),
        (["decision.cost={fp=1, fn=2}"], "received an unknown key (did you mean 'costs'?)"),
    ],
)
def test_wrong_value_is_refused_in_four_parts(tmp_path, settings, sentence):
    with pytest.raises(ConfigError) as caught:
        configuration(tmp_path, *settings)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (["decision.recall=0.9"], "decision.recall: expected task = \"binary\" with recall, received 'regression'"),
        (
            ["decision.coverage=0.9", "decision.by=zone"],
            "evaluation.slices: expected 'zone' of decision.by among them, which gates it, received none",
        ),
    ],
)
def test_decision_that_does_not_fit_the_task_or_the_slices_is_refused(tmp_path, settings, sentence):
    with pytest.raises(ConfigError) as caught:
        configuration(tmp_path, *settings, text=REGRESSION)
    assert sentence in str(caught.value)


def test_coverage_by_a_column_is_accepted_with_its_slices(tmp_path):
    settings = ["decision.coverage=0.9", "decision.by=zone", 'evaluation.slices=["zone"]', "decision.split=calibration"]
    assert configuration(tmp_path, *settings, text=REGRESSION).decision.split == "calibration"
