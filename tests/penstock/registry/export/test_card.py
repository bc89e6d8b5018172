"""The card of a model: metrics with baselines, slices and limits; no value leaves its cell."""

from penstock.config.report import Card
from penstock.registry.export.card import card
from tests.registry_rows import body, pushed

EVALUATIONS = {
    "overall": {"auc": 0.95, "mae": None},
    "intervals": {"auc": 0.01},
    "linear": {"auc": 0.9},
    "slices": {
        "paid=a|b": {"rows": 1000, "metrics": {"auc": 0.8}, "intervals": {"auc": 0.05}},
        "paid=<x>": {"rows": 2, "too_few_rows": True, "metrics": {"auc": None}},
    },
    "thresholds": [{"words": "auc overall: 0.95, at least 0.9 required"}],
}


def of(registry, model, written=None, **given):
    version = pushed(registry, model.id, 1)
    experiment = registry.record_experiment(body(model.id, "run-9", **given))
    return card(model, version, experiment, written or Card(), "LICENSE").splitlines()


def test_card_has_metrics_with_baselines_slices_and_limits(registry, model):
    lines = of(registry, model, evaluations=EVALUATIONS, metric="auc", description="")
    assert lines[0] == "---"
    assert "# tips, version 1" in lines
    assert "| Metric | Value | Interval | linear model |" in lines
    assert "| auc | 0.95 |  | 0.9 |" in lines
    assert "- auc overall: 0.95, at least 0.9 required" in lines
    assert "| paid=a\\|b | 1,000 | 0.8 | 0.75 to 0.85 |" in lines
    assert "- 1 of 2 slices have too few rows to say anything about them." in lines
    assert "| Text of the licence | see LICENSE |" in lines


def test_card_says_what_the_configuration_says(registry, model):
    written = Card(owner="Fleet team", licence="apache-2.0", uses=("rank rides",), ethical=({"name": "bias"},))
    lines = of(registry, model, written)
    assert "| Owner | Fleet team |" in lines
    assert "license: apache-2.0" in lines
    assert "- rank rides" in lines
    assert "- bias" in lines


def test_card_of_an_experiment_that_says_little_is_written(registry, model):
    lines = of(registry, model, evaluations={}, configuration={}, metric="")
    assert "| Owner | not stated |" in lines
    assert "- It was not evaluated by slice: how it treats groups of rows is not known." in lines
