"""The thresholds of a verdict: value, verdict and words, over all rows and in slices."""

import math

import pytest

from tests.components.verdicts import (
    BASELINE,
    CANDIDATE,
    FIRST,
    MEASURED,
    SECOND,
    WHOLE,
    judged,
    metrics,
    threshold,
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("rule", "value", "passed", "words"),
    [
        (threshold("min", 0.9), 0.9, True, "auc overall: 0.9, at least 0.9 required"),
        (threshold("min", 0.95), 0.9, False, "auc overall: 0.9, at least 0.95 required"),
        (threshold("max", 0.3, "log_loss"), 0.3, True, "log_loss overall: 0.3, at most 0.3 required"),
        (threshold("max", 0.2, "log_loss"), 0.3, False, "log_loss overall: 0.3, at most 0.2 required"),
    ],
)
def test_bound_over_all_rows_is_given_in_words(rule, value, passed, words):
    (result,) = judged(rule)["thresholds"]
    assert result == {
        **{"metric": rule["metric"], "kind": rule["kind"], "bound": rule["bound"], "slice": "overall"},
        **{"column": None, "value": value, "passed": passed, "decided": True},
        **{"lacks": None, "words": words, "of_one_slice": False},
    }


def test_bound_on_a_slice_is_given_for_each_of_its_values():
    results = judged(threshold("min", 0.5, column="zone"))["thresholds"]
    assert [(row["slice"], row["value"], row["passed"]) for row in results] == [
        ("zone = 1", 0.8, True),
        ("zone = 2", None, False),
    ]
    assert results[1]["words"] == "auc zone = 2: no value, at least 0.5 required"
    (unmatched,) = judged(threshold("min", 0.5, column="other"))["thresholds"]
    assert (unmatched["passed"], unmatched["words"]) == (
        False,
        "auc every other: no evaluated row has a value in that column",
    )


@pytest.mark.parametrize(
    ("metric", "least", "gain", "passed"),
    [
        ("auc", 0.01, 0.02, True),
        ("auc", 0.03, 0.02, False),
        ("log_loss", -0.06, -0.05, True),
        ("log_loss", 0.0, -0.05, False),
    ],
)
def test_gain_counts_in_the_direction_of_the_metric(metric, least, gain, passed):
    (result,) = judged(threshold("min_improvement", least, metric), baseline=BASELINE)["thresholds"]
    assert (result["value"], result["passed"]) == (pytest.approx(gain), passed)
    assert result["words"] == (
        f"{metric} overall: {gain:+.4f} over the last blessed model, at least {least:+g} required"
    )


def test_gain_without_a_baseline_passes_and_says_why():
    (result,) = judged(threshold("min_improvement", 0.5))["thresholds"]
    assert (result["value"], result["passed"]) == (None, True)
    assert result["words"] == "auc overall: no earlier blessed model to compare with"


@pytest.mark.parametrize("side", ["candidate", "baseline"])
def test_gain_that_cannot_be_computed_is_refused(side):
    broken = {WHOLE: metrics({"auc": math.nan, "log_loss": 0.1})}
    given = {"candidate": CANDIDATE, "baseline": BASELINE, side: broken}
    (result,) = judged(threshold("min_improvement", 0.0), **given)["thresholds"]
    assert (result["value"], result["passed"]) == (None, False)
    assert result["words"] == "auc overall: no value over the last blessed model, at least +0 required"


def test_slice_of_too_few_rows_decides_nothing_and_says_so():
    first, second = judged(threshold("min", 0.75, column="zone"), candidate=MEASURED, least=5)["thresholds"]
    assert (first["passed"], first["decided"], first["column"]) == (True, True, "zone")
    assert (second["passed"], second["decided"], second["value"]) == (True, False, 0.7)
    assert second["words"] == "auc zone = 2: not decided, too few rows: 4 of 5"
    assert second["lacks"] == "rows"


def compared_slice(worse, gain=None, width=None):
    """Return metrics in which the first zone has a gain against the baseline."""
    values = {"auc/worse": worse, "auc/over_baseline": gain, "auc/over_baseline/interval": width}
    return {**CANDIDATE, FIRST: metrics({"example_count": 6.0, "auc": 0.8, **values})}


@pytest.mark.parametrize(
    ("given", "passed", "words"),
    [
        ((-0.01, 0.0, 0.01), True, "+0.0000 ±0.0100 against last blessed, not worse"),
        ((0.03, -0.05, 0.02), False, "-0.0500 ±0.0200 against last blessed, worse"),
        ((0.0, -0.05, math.nan), True, "-0.0500 against last blessed, not decided without an interval"),
        ((0.0, math.nan, math.nan), True, "no value to compare"),
        ((math.nan, math.nan, math.nan), False, "no value, and the last blessed model has one"),
    ],
)
def test_slice_against_the_last_blessed_model_is_given_in_words(given, passed, words):
    rule = threshold("not_worse", None, column="zone")
    first, second = judged(rule, candidate=compared_slice(*given), baseline=BASELINE, least=5)["thresholds"]
    assert (first["passed"], first["words"]) == (passed, f"auc zone = 1: {words}")
    assert first["lacks"] == ("interval" if "not decided" in words else None)
    assert second["decided"] is False


def test_slice_with_few_of_the_rarer_class_is_open_and_says_how_many():
    candidate = compared_slice(0.0, -0.05, math.nan)
    candidate[FIRST]["model"]["rarer_count"] = 3.0
    first, _ = judged(threshold("not_worse", None, column="zone"), candidate=candidate, baseline=BASELINE)["thresholds"]
    assert first["words"] == "auc zone = 1: not decided, too few of the rarer class: 3 of 10"
    assert (first["passed"], first["decided"], first["lacks"], first["value"]) == (True, False, "class", -0.05)
    bound, _ = judged(threshold("min", 0.9, column="zone"), candidate=candidate)["thresholds"]
    assert (bound["passed"], bound["decided"]) == (False, True)


def test_slices_of_the_first_model_pass_in_one_line():
    (only,) = judged(threshold("not_worse", None, column="zone"))["thresholds"]
    assert only["words"] == "auc every zone: no earlier blessed model to compare with"
    assert only["passed"]


@pytest.mark.parametrize(
    ("given", "passed", "words"),
    [
        ((-0.01, 0.01, 0.02), True, "+0.0100 ±0.0200 against linear, not worse"),
        ((0.03, -0.05, 0.02), False, "-0.0500 ±0.0200 against linear, worse"),
        ((0.0, -0.05, math.nan), True, "-0.0500 against linear, not decided without an interval"),
    ],
)
def test_model_against_the_linear_one_is_given_in_words_also_the_first(given, passed, words):
    names = ("auc/worse_than_linear", "auc/over_linear", "auc/over_linear/interval")
    candidate = {WHOLE: metrics({"example_count": 6.0, "auc": 0.8, **dict(zip(names, given, strict=True))})}
    (result,) = judged(threshold("not_worse_than_linear", None), candidate=candidate)["thresholds"]
    assert (result["passed"], result["words"]) == (passed, f"auc overall: {words}")
    assert result["lacks"] == ("interval" if "not decided" in words else None)


DECIDED = {
    WHOLE: {**metrics({}), "decision": {"precision": 0.87, "precision/interval": 0.05, "precision/promise/": -0.02}},
    FIRST: {**metrics({}), "decision": {"precision": 0.5, "precision/interval": 0.1, "precision/promise/zone": 0.3}},
    SECOND: {**metrics({"example_count": 4.0}), "decision": {"precision": 0.1, "precision/promise/zone": 0.0}},
}


def promise(metric="precision", column=None):
    return {"metric": metric, "kind": "promise", "bound": 0.9, "slice": column, "side": "least", "output": "decision"}


def test_promise_of_a_decision_is_kept_within_its_interval():
    (kept,) = judged(promise(), candidate=DECIDED)["thresholds"]
    assert (kept["passed"], kept["value"], kept["metric"]) == (True, 0.87, "precision")
    assert kept["words"] == "decision precision overall: 0.8700, at least 0.9 ±0.0500 required"
    (missing,) = judged(promise("recall"), candidate=DECIDED)["thresholds"]
    assert (missing["passed"], missing["words"]) == (
        False,
        "decision recall overall: no value, at least 0.9 required",
    )


def test_promise_by_slice_is_decided_for_slices_with_enough_rows():
    results = judged(promise(column="zone"), candidate=DECIDED, least=5)["thresholds"]
    assert [(row["slice"], row["passed"], row["decided"]) for row in results] == [
        ("zone = 1", False, True),
        ("zone = 2", True, False),
    ]
    assert results[1]["words"] == "decision precision zone = 2: not decided, too few rows: 4 of 5"


def test_verdict_has_what_the_decision_reaches_and_nothing_without_one():
    assert judged(candidate=DECIDED)["decision"] == {
        "precision": {"kind": "decision", "value": 0.87, "interval": 0.05},
    }
    assert "decision" not in judged()
