"""Whole runs with a search for settings and a warm start: Trainer uses the best, and goes on where the last ended."""

import csv
import json
import shutil

import pytest

from tests.e2e.conftest import Project, make_project

pytestmark = pytest.mark.e2e

SECTION = '\n[tuning]\nalgorithm = "random"\ntrials = 2\n'


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, rows):
    """A project with one run that searched and could have started warm, and what that run said."""
    project = make_project(tmp_path_factory.mktemp("tuned") / "project", rows)
    file = project.folder / "pipeline.toml"
    file.write_text(file.read_text().replace("[model]\n", "[model]\nwarm_start = true\n") + SECTION)
    return project, project.run("run")


def made(project, pattern):
    """Return the newest file of a node."""
    found = (project.folder / "state" / "artifacts" / "small-taxi").glob(pattern)
    return max(found, key=lambda file: int(file.parent.name))


def test_trainer_uses_the_best_trial_and_starts_from_random_weights_without_a_blessed_model(tuned):
    project, found = tuned
    assert found["state"] == "pushed", found["stderr"]
    names = list(project.states(found))
    assert names[names.index("Transform") + 1 : names.index("Evaluator")] == [
        "Tuner",
        "WarmStart",
        "Trainer",
        "Resolver",
    ]
    trials = json.loads(made(project, "Tuner/tuner_results/*/trials.json").read_text())["trials"]
    [best] = [trial for trial in trials if trial["best"]]
    recorded = json.loads(made(project, "Trainer/model_run/*/settings.json").read_text())
    assert len(trials) == 2
    assert {name: recorded["settings"][name] for name in recorded["tuned"]} == best["settings"]
    assert recorded["start"] == "from random weights: there is no blessed model yet"


def test_show_lists_the_trials(tuned):
    project, found = tuned
    shown = project.penstock("show", found["run_id"])
    assert "embedding_scale" in shown.stdout
    printed = json.loads(project.penstock("show", found["run_id"], "--json").stdout)
    assert [trial["best"] for trial in printed["trials"]].count(True) == 1


def test_an_unchanged_second_run_is_all_cached(tuned):
    project, _ = tuned
    assert set(project.states(project.run("run")).values()) == {"cached"}


def test_changed_rows_start_from_the_weights_of_the_last_blessed_model(first_run, rows, tmp_path):
    first = Project(first_run.unchanged)
    shutil.copytree(first.folder, tmp_path / "project")
    project = Project(tmp_path / "project")
    lines = rows.read_text().splitlines(keepends=True)
    (project.folder / "trips.csv").write_text("".join(lines[:1901]))
    found = project.run("run", "--set", "model.warm_start=true")
    assert found["state"] == "pushed", found["stderr"]
    assert project.states(found)["WarmStart"] == "ran"
    recorded = json.loads(made(project, "Trainer/model_run/*/settings.json").read_text())
    assert (recorded["start"], recorded["tuned"]) == ("from the weights of the last blessed model", [])
    assert first_loss(project) < first_loss(first)
    # Its lineage has the model that it started from, and the rows of that model.
    graph = json.loads(project.penstock("lineage", "2", "--json").stdout)
    assert "base_model" in [edge["key"] for edge in graph["edges"]]
    assert sorted(origin["rows"]["source"] for origin in graph["origins"]) == [1900, 2000]


def first_loss(project):
    with made(project, "Trainer/model_run/*/curves.csv").open(newline="") as file:
        return float(next(csv.DictReader(file))["loss"])
