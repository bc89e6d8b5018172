"""Differences between the metadata store, the artifacts and the pushed versions, and their repair."""

import shutil

import pytest

from penstock.integrity.fsck import examine
from penstock.versions.folders import exclusive_access, publish
from penstock.versions.record import RECORD
from tests.kept_run import MODEL, KeptRun, manifest_of, swap_bytes, write
from tests.metadata_store import FAILED, RUNNING
from tests.other_process import claimed_by_other_process


@pytest.fixture
def run(config):
    return KeptRun(config)


def found(config, **how):
    return [str(each) for each in examine(config, **how)]


def repaired(config, **how):
    """Repair what can be repaired; return what was done for each difference, None if nothing."""
    return [each.repair() if each.repair else None for each in examine(config, **how)]


def line(kind, place, words):
    return f"{kind:<11}{place}: {words}"


def test_unchanged_project_has_no_differences(config, run):
    assert found(config) == found(config, verify=True) == []


def test_project_that_never_ran_has_no_differences(config):
    assert found(config) == []


def test_artifacts_are_reported_by_file_and_removed(config, run):
    shutil.rmtree(run.folders["examples"])
    model = run.folders["model"]
    (model / "Format-Serving" / "saved_model.pb").write_text("graph")
    swap_bytes(model / "Format-Serving" / "assets" / "vocabulary")
    (model / "Format-Serving" / "variables" / "variables.data-00000-of-00001").unlink()
    (model / "more").touch()
    assert sorted(found(config)) == sorted(
        [
            line("missing", run.place("examples"), "the folder is missing"),
            line("truncated", run.place("model"), "Format-Serving/saved_model.pb has 5 bytes instead of 500"),
            line(
                "changed",
                run.place("model"),
                "Format-Serving/assets/vocabulary has other content than it was written with",
            ),
            line(
                "missing",
                run.place("model"),
                "Format-Serving/variables/variables.data-00000-of-00001 is missing",
            ),
            line("added", run.place("model"), "more was added"),
        ]
    )
    assert set(repaired(config)) == {"removed, and the next run produces it again"}
    assert found(config) == []
    assert (run.live()["model"], run.live()["examples"], run.live()["statistics"]) == (False, False, True)


def test_change_with_the_same_time_is_reported_only_with_verify(config, run):
    swap_bytes(run.folders["model"] / "Format-Serving" / "saved_model.pb", keep_time=True)
    assert found(config) == []
    assert len(found(config, verify=True)) == 1


def test_artifact_without_digests_gets_them(config, run):
    manifest_of(run.folders["model"]).unlink()
    assert found(config) == [line("unnoted", run.place("model"), "there is no digest of its files")]
    assert repaired(config) == ["recorded its present files"]
    assert found(config) == []


def test_orphans_are_removed_if_they_look_like_artifacts_and_only_reported_otherwise(config, run, tmp_path):
    ours, theirs = config.artifacts / "Trainer" / "model" / "99", config.artifacts / "Notes" / "mine" / "text"
    elsewhere = tmp_path / "elsewhere"
    for folder in (ours, theirs, elsewhere):
        write(folder, {"file": "text"})
    (config.artifacts / "Trainer" / "model" / "77").symlink_to(elsewhere)
    (config.artifacts / "Trainer" / ".system" / "stateful_working_dir").mkdir(parents=True)
    words = "no execution produced this folder"
    assert found(config) == [
        line("orphan", "Notes/mine/text", words),
        line("orphan", "Trainer/model/77", words),
        line("orphan", "Trainer/model/99", words),
    ]
    assert repaired(config) == [None, None, "removed"]
    assert (ours.exists(), theirs.exists(), (elsewhere / "file").exists()) == (False, True, True)
    assert len(found(config)) == 2


@pytest.mark.slow
def test_execution_is_reported_if_its_run_has_ended_and_not_while_it_is_alive(config, run):
    with claimed_by_other_process(config, "20260102-000001"):
        run.builder.node("20260102-000001", "Trainer", outputs={}, state=RUNNING)
        number = max(e.id for e in run.builder.store.get_executions())
        half = config.artifacts / "Trainer" / "model" / str(number)
        half.mkdir(parents=True)
        assert found(config) == []
    assert found(config) == [
        line("running", "run 20260102-000001", "Trainer is recorded as running, and its run has ended"),
        line("orphan", f"Trainer/model/{number}", "no execution produced this folder"),
    ]
    assert repaired(config) == ["marked as failed", "removed"]
    assert run.builder.store.get_executions_by_id([number])[0].last_known_state == FAILED
    assert (found(config), half.exists()) == ([], False)
    assert list(config.metadata_file.with_name("metadata.sqlite.runs").iterdir()) == []


def test_execution_of_a_run_whose_state_is_unknown_is_reported_and_unchanged(config, run):
    run.builder.node("elsewhere", "Trainer", outputs={}, state=RUNNING)
    words = "Trainer is recorded as running, and whether its run is alive cannot be checked here"
    assert found(config) == [line("running", "run elsewhere", words)]
    assert repaired(config) == [None]


def test_damaged_version_is_restored(config, run):
    (run.version / "saved_model.pb").write_text("graph")
    swap_bytes(run.version / "assets" / "vocabulary")
    assert sorted(found(config)) == [
        line("changed", "version 1", "assets/vocabulary has other content than it was written with"),
        line("truncated", "version 1", "saved_model.pb has 5 bytes instead of 500"),
    ]
    assert repaired(config) == ["restored from its artifacts", "restored"]
    assert found(config, verify=True) == []


def test_missing_version_is_restored(config, run):
    shutil.rmtree(run.version)
    assert found(config) == [line("missing", "version 1", "the folder is missing")]
    assert repaired(config) == ["restored from its artifacts"]
    assert found(config, verify=True) == []


@pytest.mark.parametrize("is_removed", [True, False])
def test_version_whose_model_is_no_longer_stored_is_renamed_and_no_longer_recorded(config, run, is_removed):
    for output in ("model", "pushed_model"):
        shutil.rmtree(run.folders[output])
    if is_removed:
        shutil.rmtree(run.version)
    else:
        (run.version / "saved_model.pb").write_text("graph")
    first, *_ = repaired(config)
    assert first.endswith("because its model is no longer stored; the next run pushes one")
    assert not run.version.exists()
    assert len(list(run.version.parent.glob(".damaged-1-*"))) == (0 if is_removed else 1)
    assert found(config) == []


def test_versions_that_are_not_recorded_are_reported_and_unchanged(config, run, tmp_path):
    write(run.version.with_name("2"), MODEL)
    write(tmp_path / "model", {"saved_model.pb": "other"})
    with exclusive_access(run.version.parent):
        publish(tmp_path / "model", run.version.with_name("3"), {})
    assert found(config) == [
        line("no record", "version 2", "it has no record of what was pushed"),
        line("unknown", "version 3", "the metadata store has no model that it was pushed from"),
    ]
    assert repaired(config) == [None, None]
    assert run.version.with_name("2").is_dir()
    assert (run.version.with_name("3") / RECORD).is_file()


def test_version_of_another_model_is_reported_and_unchanged(config, run, tmp_path):
    write(tmp_path / "model", {"saved_model.pb": "other"})
    shutil.rmtree(run.version)
    with exclusive_access(run.version.parent):
        publish(tmp_path / "model", run.version, {})
    assert found(config) == [line("changed", "version 1", f"the model is another one than run {run.run} pushed")]
    assert repaired(config) == [None]
