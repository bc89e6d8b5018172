"""What MLflow takes of an experiment: keys of its characters, values of its lengths; what does not fit is counted."""

import json

import pytest

from penstock.registry.export.mlflow_values import (
    LeftOut,
    aliases,
    batches,
    metrics,
    parameters,
    run_tags,
    version_tags,
)
from tests.registry_rows import body, pushed


@pytest.fixture
def place():
    return "sqlite"


@pytest.fixture
def left():
    return LeftOut()


@pytest.fixture
def recorded(registry, model):
    def record(**given):
        return registry.record_experiment(body(model.id, "run-9", **given))

    return record


def test_settings_are_parameters_with_keys_of_their_dots(recorded, left):
    configuration = {
        "model": {"family": "trees", "rounds": 100, "warm_start": False, "limit": None},
        "features": {"Miles (km)/trip": "numeric", "": "text"},
        "evaluation": {"slices": ["paid", "zone"]},
    }
    assert parameters(recorded(configuration=configuration), left) == {
        "model.family": "trees",
        "model.rounds": "100",
        "model.warm_start": "false",
        "features.Miles _km_/trip": "numeric",
        "features.": "text",
        "evaluation.slices": '["paid", "zone"]',
    }
    assert str(left) == ""


def test_what_is_too_long_or_taken_is_counted(recorded, left):
    configuration = {"long": "x" * 6001, "k" * 251: 1, "a?": 1, "a!": 2, "b" * 252: 1}
    found = parameters(recorded(configuration=configuration), left)
    assert sorted(found) == ["a_", "long"]
    assert len(found["long"]) == 6000
    assert found["long"].endswith("x...")
    assert str(left) == "3 parameters left out, 1 parameter shortened"
    assert left.shortened == {"parameters": ["long"]}


def test_metrics_are_those_of_all_rows_of_the_baselines_and_of_the_slices(recorded, left):
    evaluations = {
        "overall": {"auc": 0.95, "mae": None},
        "intervals": {"auc": 0.01},
        "linear": {"auc": 0.9},
        "baseline": None,
        "slices": {
            "paid=Credit Card": {"rows": 10, "metrics": {"auc": 0.8, "mae": "NaN"}},
            "zone=a/../b": {"metrics": {"auc": 0.7}},
            "zone=é": {"metrics": {"auc": 0.6}},
            "zone=x?": {"metrics": {"auc": 0.5}},
            "zone=x!": {"metrics": {"auc": 0.4}},
            "zone=none": {"metrics": None},
        },
        "thresholds": [{"words": "auc overall"}],
    }
    assert metrics(recorded(evaluations=evaluations), left) == {
        "auc": 0.95,
        "interval/auc": 0.01,
        "linear/auc": 0.9,
        "slice/paid.Credit Card/auc": 0.8,
        "slice/zone.a_.._b/auc": 0.7,
        "slice/zone.é/auc": 0.6,
        "slice/zone.x_/auc": 0.5,
    }
    assert (left.names, str(left)) == ({"metrics": ["slice/zone.x_/auc"]}, "1 metric left out")


@pytest.mark.parametrize("evaluations", [{}, {"overall": 1, "slices": [1], "intervals": "x"}, {"slices": {"a=b": 3}}])
def test_evaluations_of_another_form_have_no_metrics(recorded, left, evaluations):
    assert metrics(recorded(evaluations=evaluations), left) == {}


def test_tags_of_the_run_are_its_data_its_commit_and_its_user(registry, model, recorded, left):
    version = pushed(registry, model.id, 1, description="the first")
    tags = run_tags(model, recorded(place={"user": "ada"}), version, left)
    assert tags["penstock.model"] == "taxi/tips"
    assert tags["penstock.data.source"] == "data/taxi/trips.csv"
    assert (tags["penstock.data.rows.train"], tags["penstock.data.rows.eval"]) == ("10", "5")
    assert json.loads(tags["penstock.data.files"]) == {"trips.csv": "0" * 64}
    assert (tags["mlflow.user"], tags["mlflow.source.git.commit"]) == ("ada", "1a2b3c4")
    assert tags["mlflow.note.content"] == "the first"
    assert "penstock.data.query" not in tags
    assert "mlflow.source.git.commit" not in run_tags(
        model, registry.record_experiment(body(model.id, "run-7", commit="nogit")), version, left
    )


def test_tags_of_the_version_say_which_one_it_is(registry, model, recorded, left):
    version = pushed(registry, model.id, 3, tags={"team": "rides", "penstock.version": "9"})
    assert version_tags(recorded(), version, left) == {
        "team": "rides",
        "penstock.version": "3",
        "penstock.name": "taxi_1a2b3c4_2",
        "penstock.folder": "models/3",
        "penstock.sha256": version.digest,
        "penstock.stage": "active",
    }


def test_alias_that_mlflow_keeps_for_itself_is_left_out(registry, model, left):
    names = ("default", "staging-2", "a.b", "v12", "V3", "Latest", "v1b")
    version = pushed(registry, model.id, 1).model_copy(update={"aliases": names})
    assert aliases(version, left) == ["default", "staging-2", "v1b"]
    assert str(left) == "4 aliases left out"


def test_batches_are_limited_by_count_and_by_length():
    items = [{"key": "é" * 10, "value": str(number)} for number in range(7)]
    assert [len(batch) for batch in batches(items, 3, 10_000)] == [3, 3, 1]
    one = len(json.dumps(items[0]))
    assert [len(batch) for batch in batches(items, 100, 2 * one)] == [2, 2, 2, 1]
    assert [len(batch) for batch in batches(items, 100, 1)] == [1] * 7
    assert list(batches([], 3, 10)) == []
