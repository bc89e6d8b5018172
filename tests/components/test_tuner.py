"""Tuner: what it writes where, in the form in which Trainer reads it."""

import json

import pytest

from tests.components.launching import artifact, channel, examples, execute, files_of
from tests.modules.conftest import SETTINGS, Fitted, example

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outputs(tmp_path_factory, transformed):
    """Return the folder of what the node gave."""
    from components.tuner import Tuner

    folder = tmp_path_factory.mktemp("tuner")
    known = Fitted("binary", transformed("binary"))
    model = {"family": "neural", **SETTINGS}
    tuning = {"algorithm": "random", "trials": 2, "code": "1"}
    graph = channel("TransformGraph")
    node = Tuner(channel("Examples"), graph, features=known.spec.to_json(), model=model, tuning=tuning)
    rows = [example(row) for row in known.rows]
    given = {"examples": examples(folder / "examples", {"train": rows, "eval": rows[:9]})}
    given["transform_graph"] = artifact("TransformGraph", folder / "graph")
    given["transform_graph"].uri = known.transform._transform_output_dir
    made = {name: artifact(each.type.__name__, folder / "out" / name) for name, each in node.outputs.items()}
    execute(node, given, made, folder, [])
    return folder / "out"


def test_files_are_where_trainer_looks_for_them(outputs):
    assert files_of(outputs) == {
        "best_hyperparameters/best_hyperparameters.txt",
        "tuner_results/tuner_results.json",
        "tuner_results/trials.json",
    }


def test_best_settings_are_those_of_the_trial_with_the_least_loss(outputs):
    from modules.training import searched_settings

    trials = json.loads((outputs / "tuner_results" / "trials.json").read_text())["trials"]
    [best] = [trial for trial in trials if trial["best"]]
    assert best["loss"] == min(trial["loss"] for trial in trials)
    hyperparameters = json.loads((outputs / "best_hyperparameters" / "best_hyperparameters.txt").read_text())
    assert searched_settings(hyperparameters) == best["settings"]
    results = json.loads((outputs / "tuner_results" / "tuner_results.json").read_text())
    assert [row["score"] for row in results] == sorted(trial["loss"] for trial in trials)
