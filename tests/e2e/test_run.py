"""Complete runs from the table to the pushed model: repeated, with edited code, refused, partial."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from penstock.core.fingerprint import PACKAGES
from pipeline.nodes import NODES
from tests.e2e.conftest import ROOT, Project, make_project

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def finished(first_run) -> tuple[Project, dict]:
    """The project with one finished run, and the JSON of the run."""
    return first_run.project, first_run.found


def test_a_first_run_pushes_a_model(finished):
    project, found = finished
    assert found["exit"] == 0
    assert found["state"] == "pushed"
    assert set(project.states(found).values()) == {"ran"}
    assert list(project.states(found)) == list(NODES)
    assert sum(found["rows"].values()) == 2000
    assert found["blessed"] is True
    assert found["pushed"]["version"] == 1
    assert found["metrics"]["auc"] > 0.6
    assert found["baselines"]["auc"]["constant"] == 0.5
    assert 0 < found["intervals"]["auc"] < 0.2
    assert found["gains"]["constant"]["gain"] == pytest.approx(found["metrics"]["auc"] - 0.5)


def test_a_run_leaves_nothing_in_the_temporary_folder(first_run):
    assert first_run.left == []


def test_the_pushed_version_is_the_trained_model_with_all_signatures(finished):
    project, _ = finished
    assert project.versions() == ["1"]
    assert (project.folder / "models" / "1" / "saved_model.pb").is_file()


def test_an_unchanged_second_run_is_all_cached(finished):
    project, _ = finished
    second = project.run("run")
    assert second["state"] == "pushed"
    assert set(project.states(second).values()) == {"cached"}
    assert second["pushed"]["version"] == 1
    assert project.versions() == ["1"]


def test_a_run_for_a_person_fits_the_screen_and_ends_with_a_command_that_works(finished):
    project, _ = finished
    done = project.penstock("run")
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert len(lines) <= 40
    assert [line for line in lines[:-1] if len(line) > 80] == []
    assert done.stderr == ""
    # Nearly all tips are paid by card: the others are in cash, and not recorded.
    assert [line for line in lines if line.startswith("Suspect: ")] == [
        line for line in project.penstock("show").stdout.splitlines() if line.startswith("Suspect: ")
    ]
    assert any(line.startswith("Suspect: 'payment_type' has 9") for line in lines)
    command = shlex.split(lines[-1].removeprefix("Next: "))
    assert command[1] == "predict"
    assert os.access(project.folder / command[0], os.X_OK)
    scored = project.penstock(*command[1:])
    assert scored.returncode == 0, scored.stderr
    header, *rows = (project.folder / "predictions.csv").read_text().splitlines()
    assert header.endswith(",probability")
    assert len(rows) == 2000


def test_lineage_goes_back_to_the_rows(finished):
    project, _ = finished
    found = json.loads(project.penstock("lineage", "1", "--json").stdout)
    [origin] = found["origins"]
    import hashlib

    digest = hashlib.sha256((project.folder / "trips.csv").read_bytes()).hexdigest()
    assert digest in json.dumps(origin)


def test_a_model_that_misses_the_threshold_is_refused_and_not_pushed(finished):
    project, _ = finished
    attributes = 'attributes=["payment_type", "trip_start_month"], bins={trip_start_month=[7]}'
    rates = 'metric=["selection_rate", "error"], max_difference=0.1, limits={error={max_difference=0.9}}'
    fairness = f'fairness={{{attributes}, crossed=[["payment_type", "trip_start_month"]], {rates}}}'
    refused = project.run("run", "--set", "evaluation.min=0.9999", "--set", fairness)
    assert refused["exit"] == 3
    assert refused["state"] == "refused"
    assert refused["pushed"] is None
    assert refused["blessed"] is False
    # Cash and cards differ, which the model knows; the half of the year is no feature of it.
    outcomes = [(t["bound"], t["column"], t["passed"]) for t in refused["thresholds"]]
    both = "payment_type and trip_start_month"
    expected = [(0.9999, None, False), (None, None, True)]
    expected += [(0.1, "payment_type", False), (0.1, "trip_start_month", True)]
    expected += [(0.1, both, False), *((0.9, name, True) for name in ("payment_type", "trip_start_month", both))]
    assert outcomes == expected
    groups = [[group["name"] for group in each["groups"]] for each in refused["fairness"]]
    assert {"Cash", "Credit Card"} <= set(groups[0])
    assert groups[1] == ["below 7", "7 or more"]
    assert {"Cash, below 7", "Credit Card, 7 or more"} <= set(groups[2])
    assert [each["metric"] for each in refused["fairness"]] == ["selection_rate"] * 3 + ["error"] * 3
    shown = project.penstock("show").stdout
    assert "refused  selection_rate by payment_type: Credit Card" in shown
    assert "trip_start_month  Rows" in shown
    assert project.states(refused)["Trainer"] == "cached"
    assert project.versions() == ["1"]


def test_a_run_from_a_node_reuses_the_outputs_before_it(finished):
    project, _ = finished
    found = project.run("run", "--from", "Evaluator")
    states = project.states(found)
    assert [states[node] for node in ("ExampleGen", "Transform", "Trainer")] == ["cached"] * 3
    assert found["pushed"]["version"] == 1


def test_a_model_that_is_worse_than_the_linear_one_is_refused_by_default(finished):
    project, _ = finished
    weak = ["model.family=trees", "model.rounds=1", "model.leaves=2", "evaluation.min=0.5"]
    refused = project.run("run", *(word for each in weak for word in ("--set", each)))
    assert (refused["exit"], refused["pushed"]) == (3, None)
    [above, worse] = [t for t in refused["thresholds"] if t["kind"] != "min_improvement"]
    assert (above["kind"], above["passed"]) == ("min", True)
    assert (worse["kind"], worse["passed"]) == ("not_worse_than_linear", False)
    assert refused["gains"]["linear"]["gain"] < -refused["gains"]["linear"]["interval"]
    assert "refused  auc overall: " in project.penstock("show").stdout
    assert project.versions() == ["1"]


def test_a_run_from_a_node_without_an_earlier_run_is_refused(project):
    done = project.penstock("run", "--from", "Trainer")
    assert done.returncode == 2
    assert "run once without --from" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_to_a_node_stops_there(project):
    found = project.run("run", "--to", "AnomalyGate")
    states = project.states(found)
    assert found["exit"] == 0
    assert found["state"] == "partial"
    assert states["AnomalyGate"] == "ran"
    assert {states[node] for node in NODES[NODES.index("Transform") :]} == {"skipped"}


@pytest.fixture
def in_place(continued):
    """A project with one finished run of its own, which the test may continue."""
    with continued.restored() as project:
        yield project


@pytest.fixture(scope="module")
def copied_code(tmp_path_factory):
    """A copy of the project's code, to be edited."""
    folder = tmp_path_factory.mktemp("code")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package)  # with the bytecode of what stays the same
    return folder


def test_an_edited_trainer_runs_again_with_the_nodes_after_it_but_not_the_transform(in_place, copied_code):
    project = in_place
    # The same code in another folder, but for one line: the folder is no part of a fingerprint.
    project.code = copied_code
    training = copied_code / "modules" / "training.py"
    training.write_text(training.read_text() + "\n# An edited line.\n")
    states = project.states(project.run("run"))
    assert states["Transform"] == "cached"
    assert states["Trainer"] == "ran"
    assert states["Evaluator"] == "ran"
    assert states["Pusher"] == "ran"


# The second computes statistics, transform and metrics with Beam, the first in the process of the nodes.
@pytest.mark.parametrize(
    "options", [("--runner", "beam"), ("--set", 'beam.options=["--runner=DirectRunner"]')], ids=["nodes", "rows"]
)
def test_local_and_beam_make_the_same_in_every_part(tmp_path, rows, finished, options):
    local, first = finished
    project = make_project(tmp_path / "project", rows)
    found = project.run("run", *options)
    assert found["state"] == "pushed"
    compared = project.run("compare", found["run_id"], f"{local.folder}:{first['run_id']}")
    assert (compared["exit"], compared["equal"], compared["stderr"]) == (0, True, ""), compared
    assert {part: each["level"] for part, each in compared["parts"].items() if part in ("examples", "schema")} == {
        "examples": "identical",
        "schema": "identical",
    }
    assert compared["settings"] == compared["code"] == []


def test_weights_of_rows_count_the_same_on_a_beam_runner(tmp_path, rows, finished):
    query = "SELECT * EXCLUDE (tips), tips > 0.2 * fare AS big_tipper, greatest(fare, 1) AS ride_value FROM source"
    settings = ("--set", f"data.query={query}", "--set", "data.weight=ride_value", "--set", "model.family=trees")
    local, other = (make_project(tmp_path / name, rows) for name in ("local", "beam"))
    first = local.run("run", *settings)
    found = other.run("run", *settings, "--set", 'beam.options=["--runner=DirectRunner"]')
    assert (first["state"], found["state"]) == ("pushed", "pushed"), found["stderr"]
    compared = other.run("compare", found["run_id"], f"{local.folder}:{first['run_id']}", *settings)
    assert (compared["exit"], compared["equal"], compared["stderr"]) == (0, True, ""), compared
    # A ride counts by its fare.
    unweighted = local.run("run", "--to", "ModelVerdict", *settings[:2], *settings[4:])
    assert unweighted["rows"] == first["rows"]
    assert abs(unweighted["metrics"]["auc"] - first["metrics"]["auc"]) > 0.002


def test_a_runner_is_also_a_plain_script(finished):
    project, _ = finished
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.runners.local", "--config", "pipeline.toml"],
        cwd=project.folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"run \S+: pushed", done.stdout)


def test_new_data_is_read_after_a_run_from_a_node(in_place, rows):
    project = in_place
    lines = rows.read_text().splitlines(keepends=True)
    (project.folder / "trips.csv").write_text("".join(lines[:1501]))
    partial = project.run("run", "--from", "Evaluator")
    assert sum(partial["rows"].values()) == 2000
    whole = project.run("run")
    assert project.states(whole)["ExampleGen"] == "ran"
    assert sum(whole["rows"].values()) == 1500


def test_a_removed_version_is_pushed_again(pushed):
    project = pushed
    shutil.rmtree(project.folder / "models" / "1")
    again = project.run("run")
    assert again["state"] == "pushed"
    assert project.states(again)["Trainer"] == "cached"
    assert project.versions() == ["1"]
