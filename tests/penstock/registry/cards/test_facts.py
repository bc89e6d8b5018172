"""The facts of a card, from an experiment and the configuration."""

from penstock.config.report import Card as Written
from penstock.registry.cards.facts import Named, card_of, overview

EXPERIMENT = {
    "commit": "abcdef0",
    "metric": "auc",
    "configuration": {
        "model": {"task": "binary", "family": "trees"},
        "data": {"label": "tip"},
        "features": {"miles": "numeric", "paid": "categorical"},
    },
    "data": {"source": "trips.csv", "query": None, "files": {"trips.csv": "f"}, "rows": {"train": 67}},
    "evaluations": {
        "overall": {"auc": 0.95, "mae": None},
        "ends": {"auc": [0.9, 0.97]},
        "linear": {"auc": 0.9},
        "rows": 33,
        "thresholds": [{"words": "auc overall: 0.95"}],
        "slices": {
            "paid=cash": {"rows": 20, "metrics": {"auc": 0.8}, "intervals": {"auc": 0.05}},
            "paid=card": {"rows": 2, "too_few_rows": True, "metrics": {"auc": 0.1}},
        },
    },
    "details": {"packages": {"tfx": "1.16.0"}},
}


def test_facts_are_those_of_the_experiment_and_of_the_configuration():
    written = Written(owner="Fleet team", ethical=({"name": "bias", "mitigation": "slices"},))
    found = card_of(EXPERIMENT, written, Named("tips", "2", "d" * 64, "2026-01-01"))
    assert found.overview == "Predicts whether tip is true from 2 columns of a row."
    assert (found.owner, found.ethical[0].mitigation, found.version) == ("Fleet team", "slices", "2")
    assert (found.dataset.columns, found.dataset.rows, found.packages) == (
        ("miles", "paid"),
        {"train": 67},
        {"tfx": "1.16.0"},
    )
    overall, cash = found.metrics
    assert (overall.value, overall.low, overall.high, overall.rows) == (0.95, 0.9, 0.97, 33)
    assert (cash.slice, round(cash.low, 4), round(cash.high, 4)) == ("paid=cash", 0.75, 0.85)
    assert (found.small_slices, found.slices, found.baselines) == (1, 2, {"linear": {"auc": 0.9}})


def test_experiment_that_says_nothing_gives_a_card():
    found = card_of({}, Written(), Named("tips"))
    assert (found.overview, found.metrics, found.metric) == ("", (), "")


def test_stated_overview_is_taken():
    assert card_of(EXPERIMENT, Written(overview="Ranks rides."), Named("tips")).overview == "Ranks rides."
    assert overview("regression", "fare", 1) == "Predicts the value of fare from 1 column of a row."
