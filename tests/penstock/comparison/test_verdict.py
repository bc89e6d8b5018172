"""Metrics and verdicts of two runs: each value is compared, and what was decided by itself."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.comparison.verdict import compare_metrics, compare_verdicts, metric_values
from penstock.core.documents.verdict import Verdict
from tests.metadata_store import VERDICT


def verdict(change=lambda values: None):
    values = copy.deepcopy(VERDICT)
    change(values)
    return Verdict.model_validate(values)


def test_verdict_is_identical_to_itself():
    assert compare_metrics(verdict(), verdict(), 0.0).level == "identical"
    found = compare_verdicts(verdict(), verdict())
    assert (found.level, found.words) == ("identical", "blessed, 1 of 2 thresholds passed")


CHANGES = {
    "auc, model": lambda values, by: values["metrics"]["auc"].update(model=0.95 * (1 + by)),
    "auc, constant": lambda values, by: values["metrics"]["auc"].update(constant=0.5 * (1 + by)),
    "auc, linear": lambda values, by: values["metrics"]["auc"].update(linear=0.9 * (1 + by)),
    "auc, interval": lambda values, by: values["metrics"]["auc"].update(interval=0.0125 * (1 + by)),
    "gain over linear, gain": lambda values, by: values["gains"]["linear"].update(gain=0.05 * (1 + by)),
    "miles = 3, metrics, auc": lambda values, by: values["slices"][3].update(metrics={"auc": 0.9 * (1 + by)}),
    "reliability, 1, found": lambda values, by: values["reliability"][1].update(found=0.7 * (1 + by)),
}


@pytest.mark.slow
@given(place=st.sampled_from(sorted(CHANGES)), exponent=st.integers(-12, -2))
def test_one_changed_metric_is_found_with_its_size_and_changes_no_verdict(place, exponent):
    by = 10.0**exponent
    other = verdict(lambda values: CHANGES[place](values, by))
    found = compare_metrics(verdict(), other, 1e-6)
    assert found.level == ("different" if by > 1e-6 else "close")
    assert found.difference == pytest.approx(by, rel=0.02)
    assert f"{place}: " in found.words if by > 1e-6 else found.words.endswith(f": {place}")
    assert compare_verdicts(verdict(), other).level == "equal"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda values: values.update(blessed=False), "blessed and not blessed"),
        (lambda values: values.update(rows=34), "rows: 33 and 34"),
        (lambda values: values["thresholds"][0].update(passed=False), "thresholds, auc min, passed: True and False"),
        (lambda values: values["thresholds"][0].update(bound=0.8), "thresholds, auc min, bound: 0.9 and 0.8"),
        (lambda values: values["thresholds"].pop(), "thresholds, auc max"),
        (lambda values: values["slices"][4].update(rows=6), "slices, miles = 4, rows: 5 and 6"),
    ],
)
def test_changed_decision_is_found_and_changes_no_metric(change, word):
    found = compare_verdicts(verdict(), verdict(change))
    assert found.level == "different"
    assert word in found.words
    assert compare_metrics(verdict(), verdict(change), 0.0).level == "identical"


def test_values_and_sentences_of_thresholds_decide_nothing():
    other = verdict(lambda values: values["thresholds"][0].update(value=0.94, words="auc overall: 0.94"))
    assert compare_verdicts(verdict(), other).level == "equal"


def test_last_blessed_model_is_not_compared():
    def later(values):
        values["metrics"]["auc"].update(baseline=0.97)
        values["gains"]["baseline"] = {"metric": "auc", "gain": -0.02, "interval": 0.01}

    assert compare_metrics(verdict(), verdict(later), 0.0).level == "identical"


def test_missing_numbers_are_equal():
    def without(values):
        values["metrics"]["auc"].update(model=float("nan"), interval=None)

    assert compare_metrics(verdict(without), verdict(without), 0.0).level == "equal"
    assert compare_metrics(verdict(without), verdict(), 1e9).level == "different"


def test_metric_or_slice_of_one_run_alone_is_found():
    other = verdict(lambda values: values["metrics"].update(recall={"model": 0.5}))
    assert compare_metrics(verdict(), other, 1e-6).level == "different"
    fewer = verdict(lambda values: values["slices"].pop())
    assert compare_metrics(verdict(), fewer, 1e-6).level == "different"
    assert compare_verdicts(verdict(), fewer).level == "different"


def test_values_of_both_runs_are_listed_with_their_difference():
    other = verdict(lambda values: values["metrics"].update(auc={"model": 0.75}, recall={"model": 0.5}))
    assert metric_values(verdict(), other) == {
        "auc": {"a": 0.95, "b": 0.75, "difference": pytest.approx(-0.2)},
        "recall": {"a": None, "b": 0.5, "difference": None},
    }
    assert metric_values(None, other)["auc"] == {"a": None, "b": 0.75, "difference": None}
