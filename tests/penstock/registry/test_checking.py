"""Where registry, metadata store and folders disagree, and what completes it."""

import shutil

import pytest

from penstock.config.loading import load
from penstock.registry.checking import examine
from penstock.registry.documents import VersionBody
from penstock.registry.opening import open_registry
from pipeline.recording import record_afterwards
from tests.kept_run import FILES, MODEL, KeptRun, swap_bytes
from tests.metadata_store import configuration
from tests.registry_rows import body, digest

RUN = "20260101-000001"


@pytest.fixture
def config(tmp_path):
    return configuration(tmp_path)


@pytest.fixture
def run(config):
    return KeptRun(config)


@pytest.fixture
def registry(config, run):
    with open_registry(config) as opened:
        record_afterwards(config, RUN)
        yield opened


def found(registry, config):
    return [(each.kind, each.place) for each in examine(registry, config, str).disagreements]


def test_recorded_run_agrees_and_is_recorded_once(registry, config):
    assert found(registry, config) == []
    record_afterwards(config, RUN)
    assert [each.run for each in registry.experiments().items] == [RUN]
    experiment = registry.experiments().items[0]
    assert (experiment.state, experiment.commit, experiment.configuration) == ("pushed", "nogit", {})
    assert [each.number for each in registry.versions(1).items] == [1]


def test_run_that_is_not_recorded_is_found_and_recorded_by_its_repair(config, run):
    with open_registry(config) as registry:

        def record(name):
            return record_afterwards(config, name).experiment

        [each] = examine(registry, config, record).disagreements
        assert (each.kind, each.place, each.repair()) == ("unrecorded", f"run {RUN}", "taxi_nogit_1")
        assert found(registry, config) == []
        assert registry.alias(1, "default").version == 1


def test_run_is_not_missed_where_runs_are_not_recorded(config, run, tmp_path):
    quiet = configuration(tmp_path, "registry.record=false")
    with open_registry(quiet) as registry:
        assert found(registry, quiet) == [("unknown", "version 1")]


def test_missing_and_changed_folders_are_found(registry, config, run):
    swap_bytes(run.version / "saved_model.pb", keep_time=True)
    assert found(registry, config) == [("changed", "version 1")]
    shutil.rmtree(run.version)
    [each] = examine(registry, config, str).disagreements
    assert (each.kind, each.repair) == ("missing", None)
    assert "penstock fsck --repair" in each.remedy


def test_folder_that_the_registry_does_not_know_is_found(registry, config, run):
    shutil.copytree(run.version, run.version.with_name("7"))
    assert found(registry, config) == [("unknown", "version 7")]


def test_run_that_the_metadata_store_lost_is_found(registry, config):
    shutil.rmtree(config.store.state)
    config.metadata_file.unlink(missing_ok=True)
    assert ("unknown", f"run {RUN}") in found(registry, config)


def test_project_that_was_moved_with_its_registry_agrees(registry, config, tmp_path):
    """Its experiments name the folder where they were made."""
    registry.close()
    moved = shutil.copytree(config.root, tmp_path.with_name(f"{tmp_path.name}-moved"))
    shutil.rmtree(config.root)
    there = load(moved / "pipeline.toml", [], {})
    with open_registry(there) as opened:
        examined = examine(opened, there, str)
        assert (examined.disagreements, examined.elsewhere) == ((), 0)
        swap_bytes(moved / "models" / "1" / "saved_model.pb")
        assert found(opened, there) == [("changed", "version 1")]


def test_run_of_the_same_name_in_another_folder_is_not_taken_for_ours(registry, config, tmp_path):
    (tmp_path / "other").mkdir()
    other = configuration(tmp_path / "other", f"registry.uri=sqlite:///{config.root}/state/registry.sqlite")
    KeptRun(other, number=2)
    assert ("unrecorded", f"run {RUN}") in found(registry, other)


def test_versions_of_other_machines_are_counted_and_not_looked_for(registry, config):
    elsewhere = {"place": {"folder": "/elsewhere", "host": "box"}}
    experiment = registry.record_experiment(body(1, "run-9", **elsewhere))
    values = {"model_id": 1, "number": 9, "folder": "models/9", "digest": digest(9), "experiment_id": experiment.id}
    registry.record_version(VersionBody(**values))
    examined = examine(registry, config, str)
    assert (examined.disagreements, examined.elsewhere) == ((), 1)


def test_number_that_another_pipeline_recorded_with_other_files_is_found(registry, config, tmp_path, monkeypatch):
    """Two pipelines record into one model: the second one's version is not recorded, and has files of its own."""
    (tmp_path / "other").mkdir()
    uri = f"registry.uri=sqlite:///{config.root}/state/registry.sqlite"
    other = configuration(tmp_path / "other", uri)
    other_files = {**MODEL, "saved_model.pb": "another graph"}
    monkeypatch.setitem(FILES, "pushed_model", other_files)
    monkeypatch.setitem(FILES, "model", {f"Format-Serving/{name}": text for name, text in other_files.items()})
    KeptRun(other, number=1, run="20260101-000002")
    done = record_afterwards(other, "20260101-000002")
    assert (done.version, "set registry.model to another name" in done.problem) == (None, True)
    assert found(registry, config) == []
    [each] = examine(registry, other, str).disagreements
    assert (each.kind, each.place, each.words) == (
        "unknown",
        "version 1",
        "the registry has other files of this number, from another folder or machine",
    )
    renamed = configuration(tmp_path / "other", uri, "registry.model=rides")
    assert record_afterwards(renamed, "20260101-000002").version == 1
    assert found(registry, renamed) == found(registry, config) == []
