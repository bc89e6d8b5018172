"""Medians, distances and targets."""

from pathlib import Path

import pytest

from benchmarks.quality.autogluon import AUTOGLUON
from benchmarks.quality.summary import NAMES, distance, failures, is_better, median, models, tables, verdicts
from benchmarks.results import Results
from tests.benchmarks.figures import FACTS
from tests.benchmarks.quality.figures import results


def test_tables_and_models_are_those_measured_in_the_order_of_the_page():
    assert tables(results()) == ["taxi", "iris", "diabetes"]
    assert models(results()) == [name for name in NAMES if name != AUTOGLUON]


def test_median_is_over_the_repeats_that_did_not_fail():
    assert median(results(), "iris", "auto", "scores", "log_loss") == 0.21
    assert median(results(), "diabetes", "auto", "scores", "rmse") is None
    assert median(results(), "taxi", "neural", "nothing", "at all") is None


@pytest.mark.parametrize(
    ("table", "distant", "better"), [("taxi", 0.01, True), ("iris", 1.05, False), ("diabetes", None, None)]
)
def test_distance_is_the_difference_of_an_auc_and_the_ratio_of_an_error_split_by_split(table, distant, better):
    assert distance(results(), table, "auto") == (None if distant is None else pytest.approx(distant))
    assert is_better(results(), table, "auto") is better


@pytest.mark.parametrize(
    ("target", "value", "met"),
    [
        ("taxi: AUC, `auto` − HistGradientBoosting", 0.01, True),
        ("iris: log loss, `auto` / HistGradientBoosting", 1.05, False),
        ("diabetes: RMSE, `auto` / HistGradientBoosting", None, None),
        ("Tables of 2 on which `auto` is better than HistGradientBoosting", 1, False),
        ("taxi: AUC of `auto`", 0.96, True),
        ("taxi: process time of `trees`, fit and export, s", 4.5, True),
        ("`auto`: longest fit and export / limit", 0.3, True),
        ("iris: fit and export of `auto` / a limit of 2 s", 0.75, True),
        ("wide: fit and export of `auto` / a limit of 20 s", 1.2, False),
        ("7 trees: scoring by the SavedModel / LightGBM's predict", 3.5, False),
        ("7 trees: export, s", 1.25, True),
        ("First run of 150 rows beyond 1.2 × start-up, s", 9.4, True),
    ],
)
def test_target_is_compared_with_the_measured_value(target, value, met):
    [verdict] = [verdict for verdict in verdicts(results()) if verdict.target == target]
    assert verdict.value == (None if value is None else pytest.approx(value))
    assert verdict.met is met


def test_failures_are_the_models_that_gave_no_score():
    assert [(entry["table"], entry["model"]) for entry in failures(results())] == [("diabetes", "auto")]


def test_nothing_measured_asks_for_nothing_but_a_win_somewhere():
    [verdict] = verdicts(Results(Path("results.json"), dict(FACTS), [], {}))
    assert verdict.met is None


def test_autogluon_has_targets_of_quality_and_of_cost_where_it_was_measured():
    found = results()
    assert not any("AutoGluon" in verdict.target for verdict in verdicts(found))
    for entry in list(found.measurements):
        if entry["model"] == "auto" and "error" not in entry:
            scores = {name: value * 1.1 for name, value in entry["scores"].items()}
            other = {**entry, "model": AUTOGLUON, "scores": scores, "latency": 250.0, "megabytes": 80.0}
            found.measurements.append(other)
            entry["megabytes"] = 12.0
    by_words = {verdict.target: verdict for verdict in verdicts(found)}
    assert by_words["Tables of 2 on which `auto` is better than AutoGluon"].value == 1  # one is an AUC
    assert by_words["Scoring by `auto` / AutoGluon, median over these tables"].value == pytest.approx(0.05)
    assert by_words["Largest `auto` on the disk, MB"].value == 12.0
