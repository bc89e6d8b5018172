"""Notes of runs in the registry, on both databases."""

import pytest

from penstock.registry.documents import AliasMove
from penstock.registry.recording.notes import Note, PushedFiles
from penstock.registry.recording.recorder import record


def note(run="run-1", number=None, *, key="k1", digest="1", promote=False):
    version = PushedFiles(number=number, folder=f"models/{number}", digest=digest * 64) if number else None
    place = {"user": "ada", "host": "box", "key": key}
    experiment = {"run": run, "state": "pushed" if number else "refused", "commit": "1a2b3c4", "place": place}
    return Note(
        run=run, project="city", model="taxi", promote=promote, is_complete=True, experiment=experiment, version=version
    )


def test_run_is_recorded_once(registry):
    first = record(registry, note(number=1))
    assert record(registry, note(number=1)) == first
    assert (first.experiment.name, first.version.number) == ("city_1a2b3c4_1", 1)
    assert first.version.aliases == ("default",)
    model = registry.model_named("city", "taxi")
    assert len(registry.experiments(model_id=model.id).items) == 1
    assert [event.kind for event in registry.events().items] == [
        "project made", "model made", "experiment recorded", "version recorded", "alias moved",
    ]  # fmt: skip


def test_refused_run_has_no_version(registry):
    found = record(registry, note())
    assert (found.experiment.state, found.version, found.problem) == ("refused", None, "")


def test_rerun_that_pushes_the_same_files_is_another_experiment_of_the_same_version(registry):
    first, second = record(registry, note(number=1)), record(registry, note("run-2", number=1, key="k2"))
    assert second.experiment.name == "city_1a2b3c4_2"
    assert second.version == first.version
    assert second.version.experiment_id == first.experiment.id


def test_run_of_the_same_name_in_another_place_is_another_experiment(registry):
    record(registry, note())
    other = record(registry, note(key="elsewhere"))
    assert other.experiment.run == "run-1-box-elsewher"
    assert record(registry, note(key="elsewhere")) == other


def test_version_with_other_files_is_a_problem_and_the_experiment_is_recorded(registry):
    record(registry, note(number=1))
    found = record(registry, note("run-2", number=1, key="k2", digest="2"))
    assert found.experiment.run == "run-2"
    assert found.version is None
    assert found.problem.startswith("version 1 of city/taxi: expected the files that are recorded for it, 111111111111")
    assert "set registry.model to another name" in found.problem


@pytest.mark.parametrize(("promote", "default"), [(True, 2), (False, 1)])
def test_version_is_promoted_where_that_is_configured(registry, promote, default):
    record(registry, note(number=1))
    found = record(registry, note("run-2", number=2, key="k2", promote=promote))
    assert registry.alias(found.version.model_id, "default").version == default
    assert found.version.aliases == (("default",) if promote else ())
    if promote:
        moved = registry.events().items[-1]
        assert moved.document["why"] == "run run-2 pushed it: it is blessed, and registry.promote is blessed"
        assert (moved.document["from"], moved.document["to"]) == (1, 2)


def test_run_that_is_recorded_late_or_again_takes_the_alias_from_no_newer_version(registry):
    record(registry, note(number=1))
    record(registry, note("run-3", number=3, key="k3", promote=True))
    late = record(registry, note("run-2", number=2, key="k2", promote=True))
    model = late.version.model_id
    assert registry.alias(model, "default").version == 3
    registry.move_alias(model, "default", AliasMove(version=1, why="3 is slow"))
    record(registry, note("run-4", number=3, key="k4", promote=True))
    assert registry.alias(model, "default").version == 1
