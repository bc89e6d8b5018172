"""Experiments as lines: tables of what differs."""

import pytest

from penstock.registry.differences import Difference, Differences
from pipeline.cli.text.experiments import data_lines, deciding, difference_lines, differences_lines
from tests.pipeline.cli.text.test_versions import experiment


def test_no_difference_is_said():
    assert difference_lines("Data", []) == ["", "Data: no difference"]


def test_many_differences_are_counted_and_long_values_cut():
    lines = difference_lines("Configuration", [Difference("k" * 100, "a" * 100, {"b": 1})] * 30)
    assert lines[-1] == "and 5 more: --json lists all"
    assert max(map(len, lines)) <= 80
    assert "…" in lines[2]


def test_of_slices_only_the_deciding_metric_is_shown():
    metrics = tuple(Difference(name, 0.1, 0.2) for name in ("mae", "paid=cash: auc", "paid=cash: mae"))
    lines = differences_lines(Differences((), (), metrics), [experiment(), experiment()])
    assert [line.partition("  ")[0] for line in lines[-2:]] == ["mae", "paid=cash: auc"]
    lines = differences_lines(Differences((), (), metrics), [experiment(), experiment(metric="mae")])
    assert [line.partition("  ")[0] for line in lines[-4:-1]] == ["mae", "paid=cash: auc", "paid=cash: mae"]
    assert lines[-1] == "They are decided by different metrics: A by auc and B by mae."


def test_experiments_without_metrics_are_not_called_equal():
    none = experiment(metric="", evaluations={})
    assert differences_lines(Differences((), (), ()), [none, none])[-1] == "Metrics: neither has any"
    found = Differences((), (), (Difference("auc", 0.9, None),))
    assert differences_lines(found, [experiment(), none])[-2:] == ["auc      0.9000  -", "B has no metrics."]
    assert differences_lines(found, [none, experiment()])[-1] == "A has no metrics."


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), (True, "true"), (0.5, "0.5000"), (0.00001, "1e-05"), (["a"], '["a"]'), ("x", "x"), (7, "7")],
)
def test_value_is_shown_as_in_the_configuration(value, shown):
    assert difference_lines("Data", [Difference("k", value, "other")])[2].split() == ["k", shown, "other"]


def test_deciding_metric_is_named_if_it_is_one():
    assert deciding([experiment(), experiment()]) == ", metric auc"
    assert deciding([experiment(), experiment(metric="mae")]) == ""
    assert deciding([experiment(metric="")]) == ""


def test_data_without_facts_has_no_lines():
    assert data_lines({}) == []
    assert data_lines({"source": "trips.csv", "rows": {"train": 1000}}) == [
        "Data      trips.csv",
        "Rows      train 1,000",
    ]
