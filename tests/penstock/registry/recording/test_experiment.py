"""The experiment and the version of a run."""

import getpass
import json
from pathlib import Path

import pytest

from penstock.metadata import lineage
from penstock.metadata.lineage import Artifact, Run
from penstock.registry.documents import ExperimentBody
from penstock.registry.recording.experiment import Outcome, completed, data_of, pushed_files, started
from penstock.versions.record import content_digest
from tests.kept_run import KeptRun
from tests.metadata_store import ROWS, configuration

RUN = "20260101-000001"


@pytest.fixture
def kept(config):
    return KeptRun(config, RUN)


def note_of(config, outcome):
    """Return the complete note of the run, and its body as the registry takes it."""
    note = completed(started(config, RUN), lineage.run(config.store, RUN), outcome, config.root)
    return note, ExperimentBody.model_validate({**note.experiment, "model_id": 1})


def test_start_has_what_the_end_cannot_find_out(config):
    note = started(config, RUN)
    body = ExperimentBody.model_validate({**note.experiment, "model_id": 1})
    assert (note.project, note.model, note.promote, note.is_complete) == ("taxi", "taxi", False, False)
    assert (body.run, body.state, body.commit, body.metric) == (RUN, "failed", "nogit", "auc")
    assert body.configuration["data"]["source"] == "trips.csv"
    assert {"python", "penstock", "tfx", "duckdb"} <= body.packages.keys()
    assert (body.place["user"], body.place["folder"]) == (getpass.getuser(), str(config.root))
    assert body.started is not None
    assert started(config, RUN).experiment["place"]["key"] != body.place["key"]


def test_names_and_promotion_are_the_configured_ones(tmp_path):
    note = started(
        configuration(tmp_path, "registry.project=city", "registry.model=tips", "registry.promote=blessed"), RUN
    )
    assert (note.project, note.model, note.promote) == ("city", "tips", True)


def test_pushed_run_has_data_nodes_artifacts_and_its_version(config, kept):
    note, body = note_of(config, Outcome("pushed", peaks={"Trainer": 2**30}))
    assert (note.is_complete, body.state, body.failure) == (True, "pushed", "")
    assert body.data.files == {"trips.csv": "f" * 64}
    assert body.data.rows == {"train": 67, "eval": 33}
    assert body.data.query == "SELECT * FROM source"
    assert [node.id for node in body.nodes][-2:] == ["Evaluator", "Pusher"]
    assert {node.id: node.peak_bytes for node in body.nodes}["Trainer"] == 2**30
    assert body.nodes[0].peak_bytes is None
    assert body.artifacts["Trainer.model"].startswith("state/artifacts/taxi/Trainer/model/")
    assert body.metadata["version"] == 1
    assert body.metadata["artifacts"]["Trainer.model"] == kept.artifacts["model"]
    assert body.metadata["executions"].keys() == {node.id for node in body.nodes}
    assert note.version is not None
    assert (note.version.number, note.version.folder) == (1, "models/1")
    assert note.version.digest == content_digest(kept.version)


def test_evaluations_are_those_of_the_verdict(config, builder):
    builder.whole_run(RUN, version=7)
    (config.root / "models" / "7").rmdir()
    note, body = note_of(config, Outcome("pushed"))
    assert body.evaluations["overall"] == {"auc": 0.95}
    assert note.version is None  # its files are neither in the folder nor in the artifact


def test_refused_run_has_the_missed_thresholds_and_no_version(config, builder):
    builder.whole_run(RUN, version=None)
    note, body = note_of(config, Outcome("refused"))
    assert body.failure == "auc overall: 0.95, at most 0.91 required"
    assert note.version is None


def test_run_that_failed_before_its_first_node_is_an_experiment(config):
    note = completed(started(config, RUN), Run(RUN, "taxi", ()), Outcome("failed", "x" * 5_000), config.root)
    body = ExperimentBody.model_validate({**note.experiment, "model_id": 1})
    assert (body.state, body.nodes, body.data.rows, len(body.failure)) == ("failed", (), {}, 4_000)


def test_damaged_verdict_does_not_lose_the_run(config, builder):
    builder.whole_run(RUN, version=7)
    for file in config.artifacts.rglob("verdict.json"):
        file.write_text("{")
    assert note_of(config, Outcome("pushed"))[1].evaluations == {}


def test_removed_version_is_described_from_the_copy_in_the_artifact(config, kept):
    before = pushed_files(lineage.run(config.store, RUN), config.root)
    kept.version.rename(config.root / "elsewhere")
    assert pushed_files(lineage.run(config.store, RUN), config.root) == before


def examples(**properties):
    return Artifact(1, "Examples", "examples", "/x", {**ROWS, **properties})


def test_rows_of_a_database_have_the_digest_of_the_result_and_no_password():
    found = data_of(
        examples(source="postgresql://ada:secret@host/db", files="[]", table="trips", query=""), Path("/project")
    )
    assert found["source"] == "postgresql://ada@host/db trips"
    assert (found["files"], found["query"]) == ({"result": "d" * 64}, None)


def test_paths_in_the_project_are_relative_to_it():
    files = json.dumps([{"path": "/project/data/a.csv", "sha256": "a", "bytes": 1}, {"path": "b.csv", "sha256": "b"}])
    found = data_of(examples(source="/project/data", files=files), Path("/project"))
    assert (found["source"], found["files"]) == ("data", {"data/a.csv": "a", "b.csv": "b"})
    assert data_of(examples(source="/other/data"), Path("/project"))["source"] == "/other/data"


def test_run_without_examples_has_no_data():
    assert data_of(None, Path("/project")) == {}
