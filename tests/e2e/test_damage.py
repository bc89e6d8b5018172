"""Artifacts and versions that are damaged between two unchanged runs."""

import shutil

import pytest

from tests.e2e.conftest import Project

pytestmark = pytest.mark.e2e


def scored(project: Project) -> str:
    done = project.penstock("predict", "trips.csv", "--output", "scored.csv")
    assert done.returncode == 0, done.stderr
    return (project.folder / "scored.csv").read_text()


def edit(file) -> None:
    file.write_bytes(file.read_bytes() + b"Bitcoin\n")


VERSION_DAMAGES = {
    "a truncated graph": lambda version: (version / "saved_model.pb").write_bytes(b"half"),
    "other variables": lambda version: edit(version / "variables" / "variables.data-00000-of-00001"),
    "an edited vocabulary": lambda version: edit(version / "assets" / "vocabulary"),
    "no folder": shutil.rmtree,
}


@pytest.fixture
def in_place(continued):
    with continued.restored() as project:
        yield project


def test_unchanged_runs_repair_what_is_damaged_and_the_scores_stay(in_place):
    project = in_place
    before = scored(project)
    version = project.folder / "models" / "1"
    for name, damage in VERSION_DAMAGES.items():
        damage(version)
        refused = project.penstock("predict", "trips.csv", "--output", "scored.csv")
        assert refused.returncode == 2, name
        again = project.run("run")
        assert (again["pushed"]["version"], set(project.states(again).values())) == (1, {"cached"}), name
        assert len(again["repairs"]) == 1, name
        assert project.penstock("fsck", "--verify").returncode == 0, name
    assert scored(project) == before

    artifacts = project.folder / "state" / "artifacts" / "small-taxi"
    shutil.rmtree(artifacts / "ExampleGen" / "examples")
    [graph] = (artifacts / "Transform" / "transform_graph").glob("[0-9]*")
    (graph / "transform_fn" / "saved_model.pb").unlink()
    assert project.penstock("fsck").returncode == 1
    again = project.run("run")
    states = project.states(again)
    assert (again["state"], len(again["repairs"])) == ("pushed", 2)
    assert {states[node] for node in ("ExampleGen", "StatisticsGen", "Transform", "Trainer", "Pusher")} == {"ran"}
    assert scored(project) == before
    assert project.penstock("fsck", "--verify").stdout.startswith("Metadata store, artifacts and pushed versions agree")
    last = project.run("run")
    assert (set(project.states(last).values()), last["repairs"]) == ({"cached"}, [])


def test_copied_and_moved_projects_use_only_their_own_artifacts(pushed, tmp_path):
    project = pushed
    before = scored(project)
    shutil.copytree(project.folder, tmp_path / "copy")
    shutil.rmtree(project.folder)
    copy = Project(tmp_path / "copy")
    again = copy.run("run")
    assert set(copy.states(again).values()) == {"cached"}
    assert again["pushed"] == {"version": 1, "directory": str(copy.folder / "models" / "1")}
    assert again["repairs"] == [f"Moved from {project.folder}: the records now name {copy.folder}."]
    shutil.move(copy.folder, tmp_path / "moved")
    moved = Project(tmp_path / "moved")
    assert set(moved.states(moved.run("run")).values()) == {"cached"}
    assert scored(moved) == before
    changed = moved.run("run", "--set", "evaluation.min=0.61")
    assert (changed["exit"], changed["state"]) == (0, "pushed")
    assert not (tmp_path / "copy").exists()
    assert not project.folder.exists()
    assert moved.penstock("fsck", "--verify").returncode == 0
