"""Metrics as lines: intervals, the linear model, gains, thresholds, slices with one verdict in one line."""

import pytest

from penstock.core.documents.verdict import Fairness
from pipeline.cli.text import metric_rows as printed
from pipeline.cli.text.metric_rows import lack_of_class, number, with_interval
from tests.documents import verdict as whole
from tests.metadata_store import FAIRNESS


def metric_rows(verdict, constant):
    return printed.metric_rows(whole(**verdict), constant)


def gain_lines(verdict, constant):
    return printed.gain_lines(whole(**verdict), constant)


def threshold_lines(verdict):
    return printed.threshold_lines(whole(**verdict))


@pytest.mark.parametrize(
    ("value", "interval", "shown"),
    [
        (None, None, "-"),
        (None, 0.1, "-"),
        (0.5, None, "0.5000"),
        (0.95046, 0.00604, "0.9505 ±0.0060"),
        (-123456.78, 99.5, "-123456.8 ±99.5000"),
    ],
)
def test_value_is_shown_with_its_interval_if_both_are_known(value, interval, shown):
    assert with_interval(value, interval) == shown


@pytest.mark.parametrize(
    ("value", "interval", "ends", "shown"),
    [
        (0.9, 0.05, [0.85, 0.95], "0.9000 ±0.0500"),
        (0.98, 0.05, [0.93, 1.0], "0.9800 (0.9300 to 1.0000)"),
        (0.02, 0.05, [0.0, 0.07], "0.0200 (0.0000 to 0.0700)"),
        (0.02, None, None, "0.0200"),
    ],
)
def test_interval_that_exceeds_the_range_of_the_metric_is_shown_by_its_ends(value, interval, ends, shown):
    assert with_interval(value, interval, ends) == shown


def test_metrics_without_an_interval_for_a_rare_class_say_so():
    verdict = {
        "of_rarer_class": 7,
        "metrics": {"auc": {"model": None, "interval": None}, "accuracy": {"model": 0.5, "interval": 0.1}},
    }
    said = "No interval: too few rows of the rarer class (7 of at least 10)"
    assert gain_lines(verdict, "Mean") == [said]
    assert gain_lines({**verdict, "of_rarer_class": 10}, "Mean") == []
    assert lack_of_class(3, [0.1]) == ""
    assert lack_of_class(None, [None]) == ""


def test_least_of_a_class_is_that_of_the_evaluator():
    from modules.metrics.results import MIN_CLASS_ROWS

    assert printed._LEAST_OF_CLASS == MIN_CLASS_ROWS


@pytest.mark.parametrize(("value", "shown"), [(0.0, "0.0000"), (-1e-9, "-0.0000"), (1000.0, "1000.0"), (None, "-")])
def test_large_value_has_fewer_digits(value, shown):
    assert number(value) == shown


def test_linear_model_has_a_column_only_where_there_is_one():
    values = {"model": 0.9, "constant": 0.5, "baseline": None}
    assert metric_rows({"metrics": {"auc": values}}, "Mean") == [
        ["Metric", "Model", "Mean", "Last blessed"],
        ["auc", "0.9000", "0.5000", "-"],
    ]
    assert metric_rows({"metrics": {"auc": {**values, "linear": 0.8}}}, "Mean")[0] == [
        *("Metric", "Model", "Mean", "Linear", "Last blessed")
    ]


def gained(gain, interval, baseline="linear"):
    return {"gains": {baseline: {"metric": "auc", "gain": gain, "interval": interval}}}


@pytest.mark.parametrize(
    ("verdict", "lines"),
    [
        ({}, []),
        (gained(None, None), []),
        (gained(0.02, 0.01), ["By auc: 0.0200 ±0.0100 better than linear"]),
        (gained(-0.02, 0.01), ["By auc: 0.0200 ±0.0100 worse than linear"]),
        (gained(-0.01, 0.02), ["By auc: no better (-0.0100 ±0.0200) than linear"]),
        (gained(0.02, None, "constant"), ["By auc: 0.0200 better than the mean"]),
        (gained(0.0, None), ["By auc: 0.0000 no better than linear"]),
    ],
)
def test_gain_is_a_line(verdict, lines):
    assert gain_lines(verdict, "Mean") == lines


def rule(slice_value, *, passed=True, decided=True, kind="not_worse", column="zone"):
    where = f"{column} = {slice_value}"
    return {
        **{"metric": "auc", "kind": kind, "column": column, "slice": where, "of_one_slice": True},
        **{"passed": passed, "decided": decided, "words": f"auc {where}: words"},
    }


def test_slices_that_pass_share_a_line_and_those_that_fail_have_one_each():
    thresholds = [
        {"metric": "auc", "passed": True, "words": "auc overall: fine"},
        rule(1),
        rule(2),
        rule(3, passed=False),
        rule(4, decided=False),
        rule(5, decided=False),
        {**rule(6, decided=False), "lacks": "class"},
        {**rule(7, decided=False), "lacks": "interval"},
        rule(1, column="hour"),
        rule(9, kind="min"),
        rule(8, kind="min", decided=False),
        {
            **rule(0),
            "slice": "every day",
            "of_one_slice": False,
            "column": "day",
            "words": "auc every day: no earlier blessed model",
        },
        {
            **rule(0, decided=False, kind="not_worse_than_linear"),
            **{"slice": "overall", "of_one_slice": False, "column": None, "lacks": "class"},
            "words": "auc overall: not decided, too few of the rarer class: 3 of 10",
        },
    ]
    assert threshold_lines({"thresholds": thresholds, "min_slice_rows": 100}) == [
        ("passed", "auc overall: fine"),
        ("passed", "auc by zone: 2 slices are not significantly worse than with the last blessed model"),
        ("refused", "auc zone = 3: words"),
        ("open", "auc by zone: 2 slices not decided, with fewer than 100 rows"),
        ("open", "auc by zone: 1 slice not decided, with too few rows of the rarer class"),
        ("open", "auc by zone: 1 slice not decided, without an interval"),
        ("passed", "auc by hour: 1 slice is not significantly worse than with the last blessed model"),
        ("passed", "auc zone = 9: words"),
        ("open", "auc by zone: 1 slice not decided, with fewer than 100 rows"),
        ("passed", "auc every day: no earlier blessed model"),
        ("open", "auc overall: not decided, too few of the rarer class: 3 of 10"),
    ]


def test_slices_of_a_verdict_of_an_earlier_release_share_a_line_if_they_have_a_value():
    old = [{**rule(n), "value": value, "of_one_slice": None} for n, value in enumerate((0.1, 0.2, None))]
    assert threshold_lines({"thresholds": old, "min_slice_rows": 100}) == [
        ("passed", "auc by zone: 2 slices are not significantly worse than with the last blessed model"),
        ("passed", "auc zone = 2: words"),
    ]


def test_groups_of_an_attribute_are_rows_the_largest_first():
    assert printed.fairness_rows(Fairness.model_validate(FAIRNESS)) == [
        ["sex", "Rows", "Of", "selection_rate", ""],
        ["M", "99", "90", "0.5000 (0.4000 to 0.6000)", ""],
        ["<i>X", "3", "0", "-", "too few rows"],
    ]


def test_limits_of_fairness_each_have_a_line_of_their_own():
    def limit(**facts):
        return {
            "metric": "error",
            "kind": "fairness_ratio",
            "bound": 0.8,
            "column": "sex",
            "of_one_slice": False,
            **facts,
        }

    thresholds = [
        limit(passed=True, words="one"),
        limit(passed=False, words="two"),
        limit(passed=True, decided=False, lacks="rows", words="three"),
    ]
    lines = threshold_lines({"thresholds": thresholds})
    assert lines == [("passed", "one"), ("refused", "two"), ("open", "three")]
