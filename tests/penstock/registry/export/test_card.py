"""The card of a model: metrics with baselines, slices and limits; no value leaves its cell."""

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


def of(registry, model, **given):
    version = pushed(registry, model.id, 1)
    return card(model, version, registry.record_experiment(body(model.id, "run-9", **given)), "LICENSE").splitlines()


def test_card_has_metrics_with_baselines_slices_and_limits(registry, model):
    lines = of(registry, model, evaluations=EVALUATIONS, description="")
    assert lines[0] == "# tips, version 1"
    assert "| Metric | Value | ± interval | linear |" in lines
    assert "| auc | 0.9500 | 0.0100 | 0.9000 |" in lines
    assert "- auc overall: 0.95, at least 0.9 required" in lines
    assert "| paid=a\\|b | 1,000 | 0.8000 | 0.0500 |  |" in lines
    assert "| paid=&lt;x> | 2 | - | - | too few rows |" in lines
    assert "- 1 of 2 slices have too few rows to say anything about them." in lines
    assert "| Licence | see LICENSE |" in lines


def test_card_of_an_experiment_that_says_little_is_written(registry, model):
    lines = of(registry, model, evaluations={}, configuration={}, metric="")
    assert "The metric that decides is not recorded." in lines
    assert "- It was not evaluated by slice: how it treats groups of rows is not known." in lines
