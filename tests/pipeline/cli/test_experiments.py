"""`penstock experiments`: lists that are sorted and filtered, one experiment, and what differs between two."""

import pytest

from penstock.registry.opening import open_registry
from tests.metadata_store import configuration
from tests.pipeline.cli.registries import NAMES, call, document, fill, lines, refusal


@pytest.fixture(autouse=True)
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return fill(tmp_path)


def names(*arguments):
    return [each["name"] for each in document("experiments", "list", *arguments)["experiments"]]


def test_experiments_are_listed_newest_first_within_eighty_columns():
    listed = lines("experiments", "list")
    assert listed[0].split() == ["Experiment", "Run", "Recorded", "Metric", "State"]
    assert [(line.split()[0], line.split()[-1]) for line in listed[1:-1]] == [
        (NAMES[4], "pushed"),
        (NAMES[3], "refused"),
        (NAMES[2], "pushed"),
        (NAMES[1], "pushed"),
    ]
    assert listed[-1] == "4 experiments of taxi/taxi, metric auc"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--order", "metric.auc"), [1, 2, 3, 4]),
        (("--order", "-setting.model.rounds"), [4, 3, 2, 1]),
        (("--order", "-metric.auc", "--limit", "2"), [4, 3]),
        (("--limit", "2"), [4, 3]),
        (("--where", "metric.auc>=0.93"), [4, 3]),
        (("--where", "metric.auc>=0.92", "--where", "setting.model.rounds<400"), [3, 2]),
        (("--where", "setting.model.family=linear"), []),
        (("--order", "metric.none"), []),
    ],
)
def test_experiments_are_sorted_and_filtered(arguments, expected):
    assert names(*arguments) == [NAMES[number] for number in expected]


def test_sorted_setting_is_a_column_and_the_deciding_metric_is_not_shown_twice():
    listed = lines("experiments", "list", "--order", "-metric.auc", "--where", "setting.model.rounds>=200")
    assert listed[0].split() == ["Experiment", "Run", "Recorded", "Metric", "model.rounds", "State"]
    assert listed[1].split()[-2:] == ["400", "pushed"]


def test_list_says_whether_there_are_more():
    assert lines("experiments", "list", "--limit", "3")[-1] == "3 experiments of taxi/taxi, metric auc; more: --limit 6"
    assert document("experiments", "list", "--limit", "3")["more"] is True
    assert document("experiments", "list", "--limit", "4")["more"] is False


def test_empty_list_says_why(tmp_path, monkeypatch):
    assert lines("experiments", "list", "--where", "metric.auc>2") == ["No experiments of taxi/taxi fulfil this"]
    folder = tmp_path / "new"
    folder.mkdir()
    configuration(folder)
    monkeypatch.chdir(folder)
    assert lines("experiments", "list") == ["no registry yet; `penstock run` makes it."]
    assert document("experiments", "list") == {"document_version": 1, "more": False, "experiments": []}
    assert [path.name for path in folder.iterdir()] == ["pipeline.toml"]


def test_json_of_the_list_has_the_documented_keys():
    entry = document("experiments", "list", "--order", "metric.auc", "--where", "setting.name=taxi")["experiments"][0]
    assert entry.pop("values") == {"metric.auc": 0.91, "setting.name": "taxi"}
    assert set(entry) == {"id", "name", "run", "state", "commit", "metric", "value", "created", "archived"}


@pytest.mark.parametrize("experiment", [NAMES[3], "run-3", "3"])
def test_experiment_is_shown_by_name_run_or_id(experiment):
    shown = lines("experiments", "show", experiment)
    assert shown[:2] == [
        f"Experiment {NAMES[3]} of taxi/taxi: refused",
        "  auc overall: 0.93, at least 0.95 required",
    ]
    words = [line.split() for line in shown]
    assert ["Trainer", "ran", "2.5", "300"] in words
    assert ["auc", "0.9300"] in words
    assert document("experiments", "show", experiment)["details"]["seconds"] == 12.0


def test_comparison_shows_what_differs():
    shown = lines("experiments", "compare", "run-1", "run-3")
    assert shown[0] == f"A  {NAMES[1]}, run run-1: pushed"
    words = [line.split() for line in shown]
    assert ["model.rounds", "100", "300", "+200"] in words
    assert ["auc", "0.9100", "0.9300", "+0.02"] in words
    found = document("experiments", "compare", "run-1", "run-3")
    assert found["configuration"] == [{"name": "model.rounds", "a": 100, "b": 300, "change": 200}]
    assert found["data"] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("list", "--where", "auc>0.9"), "the condition 'auc>0.9': expected metric.NAME or setting.KEY"),
        (("list", "--where", "metric.auc>many"), "the condition 'metric.auc>many': expected"),
        (("list", "--order", "auc"), "the order 'auc': expected metric.NAME or setting.KEY"),
        (("show", "run-33"), "the experiment 'run-33': expected one of taxi, by name, run or id, received none (did"),
        (("show", "0"), "the experiment '0': expected"),
        (("show", "9" * 30), "expected one of taxi"),
        (("compare", "run-1", "run-9"), "the experiment 'run-9'"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arguments, words):
    assert words in refusal("experiments", *arguments)


def test_experiment_of_another_model_is_not_found_by_its_id(config):
    with open_registry(config) as registry:
        registry.create_model(registry.project("taxi").id, "fares")
    assert "the experiment '1': expected one of fares" in refusal("experiments", "show", "1", "--model", "fares")
    assert call("experiments", "list", "--model", "fares").stdout == "No experiments of taxi/fares yet\n"


def test_experiment_is_archived_and_listed_again():
    assert lines("experiments", "archive", "run-3", "--why", "no use") == [f"Experiment {NAMES[3]} is archived"]
    assert NAMES[3] not in [each["name"] for each in document("experiments", "list")["experiments"]]
    assert NAMES[3] in [each["name"] for each in document("experiments", "list", "--archived")["experiments"]]
    again = document("experiments", "archive", NAMES[3], "--undo")
    assert (again["name"], again["archived"]) == (NAMES[3], None)
    assert lines("experiments", "archive", NAMES[3], "--undo") == [f"Experiment {NAMES[3]} is listed again"]
