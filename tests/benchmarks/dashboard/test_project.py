"""A project with many runs, from the stores of two."""

import tomllib
from pathlib import Path

import pytest

from benchmarks.dashboard import project
from penstock.config.loading import load
from penstock.metadata import lineage
from penstock.registry.lists import Condition, Slice
from penstock.registry.opening import open_registry
from tests.metadata_store import StoreBuilder, configuration
from tests.pipeline.cli.registries import record


@pytest.fixture
def config(tmp_path):
    builder = StoreBuilder(configuration(tmp_path))
    for number in (1, 2):
        made = builder.whole_run(f"run-{number}", version=number)
        for artifact in builder.store.get_artifacts_by_id([made["statistics"], made["schema"]]):
            Path(artifact.uri).mkdir(parents=True)
            Path(artifact.uri, "file").write_text(f"of run {number}")
    with open_registry(builder.config) as registry:
        record(registry, (1, 2))
    return builder.config


def test_copies_are_older_runs_with_versions_and_files_of_their_own(config):
    project.multiply_store(config, 5)
    found = lineage.runs(config.store)
    assert [run.id for run in found[:4]] == ["run-2", "run-1", "run-2-1", "run-1-1"]
    assert len(found) == 10
    assert sorted(run.pushed_version for run in found) == list(range(1, 11))
    folders = {run.output("ExampleStatistics").uri for run in found}
    assert len(folders) == 10
    for run in found:
        assert Path(run.output("Schema").uri, "file").read_text() == f"of run {run.id[4]}"


def test_run_in_progress_is_the_newest_and_ends_at_trainer(config):
    project.multiply_store(config, 3)
    name = project.begin_run(config)
    newest, *others = lineage.runs(config.store)
    assert (newest.id, newest.state, newest.nodes[-1].id) == (name, "running", "Trainer")
    assert newest.nodes[-1].outputs == ()
    assert {run.state for run in others} == {"pushed"}
    before = newest.nodes[-1].seconds
    project.touch(config)
    assert lineage.runs(config.store)[0].nodes[-1].seconds >= before


def test_registry_has_the_experiments_and_versions_of_the_copies(config):
    project.multiply_registry(config, 4)
    with open_registry(config) as registry:
        model = registry.model_named("taxi", "taxi")
        everything = Slice(limit=100)
        assert len(registry.experiments(everything, model_id=model.id).items) == 8
        assert sorted(each.number for each in registry.versions(model.id, everything).items) == list(range(1, 9))
        metric = [Condition("metric", "auc", ">=", "0")]
        assert len(registry.experiments(everything, model_id=model.id, conditions=metric).items) == 8


def test_configuration_is_one_of_a_wide_table(tmp_path):
    text = project.configuration(project.Size(columns=100))
    assert len(tomllib.loads(text)["features"]) == 99
    (tmp_path / "pipeline.toml").write_text(text)
    assert load(tmp_path / "pipeline.toml", environment={}).data.label == "label"
