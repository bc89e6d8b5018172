"""The live artifacts of a pipeline, and which of them are damaged."""

import shutil

import pytest
from ml_metadata.proto import metadata_store_pb2 as proto

from penstock.integrity import artifacts
from tests.kept_run import KeptRun, manifest_of, swap_bytes
from tests.metadata_store import configuration


@pytest.fixture
def run(config):
    return KeptRun(config)


def damaged(config, ids=None, **how):
    return {damage.artifact.name: damage.words for damage in artifacts.damaged_artifacts(config, ids, **how)}


def test_artifacts_of_a_run_are_intact_and_have_manifests(config, run):
    assert {artifact.name for artifact in artifacts.live_artifacts(config)} == {run.place(name) for name in run.folders}
    assert damaged(config) == damaged(config, verify=True) == {}
    assert artifacts.without_manifest(config) == []


def test_damaged_artifacts_are_named_with_what_is_wrong(config, run):
    swap_bytes(run.folders["transform_graph"] / "transform_fn" / "saved_model.pb")
    shutil.rmtree(run.folders["examples"])
    shutil.rmtree(run.folders["model"] / "Format-Serving")
    assert damaged(config) == {
        run.place("transform_graph"): "transform_fn/saved_model.pb has other content than it was written with",
        run.place("examples"): "the folder is missing",
        run.place("model"): "Format-Serving/assets/vocabulary is missing, and 2 more",
    }
    assert damaged(config, [run.artifacts["examples"]]) == {run.place("examples"): "the folder is missing"}


def test_artifact_that_is_recorded_as_deleted_is_not_live(config, run):
    [artifact] = run.builder.store.get_artifacts_by_id([run.artifacts["model"]])
    artifact.state = proto.Artifact.DELETED
    run.builder.store.put_artifacts([artifact])
    shutil.rmtree(run.folders["model"])
    assert damaged(config) == {}


def test_artifact_elsewhere_is_unusable_in_a_private_store_and_ignored_in_a_shared_one(config, run, tmp_path):
    shared = configuration(tmp_path, "state.directory=other", f"metadata.uri=sqlite:///{config.metadata_file}")
    shutil.rmtree(run.folders["examples"])
    assert damaged(shared) == {}
    [artifact] = run.builder.store.get_artifacts_by_id([run.artifacts["model"]])
    artifact.uri = str(tmp_path / "elsewhere" / "8")
    run.builder.store.put_artifacts([artifact])
    assert damaged(config)[artifact.uri] == f"the folder is outside of {config.artifacts}"


def test_artifact_without_a_manifest_gets_one(config, run):
    manifest_of(run.folders["model"]).unlink()
    assert [artifact.name for artifact in artifacts.without_manifest(config)] == [run.place("model")]
    artifacts.write_manifests(config, [run.artifacts["examples"]])
    assert len(artifacts.without_manifest(config)) == 1
    artifacts.write_manifests(config)
    assert artifacts.without_manifest(config) == []
    assert manifest_of(run.folders["model"]).is_file()


def test_artifacts_of_another_pipeline_in_the_store_are_not_listed(config, run, tmp_path):
    assert artifacts.live_artifacts(configuration(tmp_path, "name=other")) == []
