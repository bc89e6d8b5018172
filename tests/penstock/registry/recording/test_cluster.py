"""The note of a run on a cluster."""

import json

import pytest

from penstock.core.documents.verdict import Verdict
from penstock.metadata.lineage import Artifact
from penstock.registry.documents import ExperimentBody
from penstock.registry.recording.cluster import facts_of, note_of, with_certificate
from penstock.versions.record import content_digest
from tests.metadata_store import ROWS, VERDICT, configuration
from tests.penstock.core.documents.test_certificate import CERTIFICATE

EXAMPLES = Artifact(0, "Examples", "examples", "gs://b/examples", {**ROWS, "source": "gs://b/trips.csv"})
PUSHED = {"pushed": 1, "pushed_version": "3", "pushed_destination": "gs://b/models/3"}


@pytest.fixture
def config(tmp_path):
    settings = ["registry.uri=https://registry.example.org", "registry.promote=blessed", "registry.project=city"]
    return configuration(tmp_path, *settings, PENSTOCK_REGISTRY__TOKEN="hidden-1").compiled_for("kubeflow")  # noqa: S106


def note(config, properties, model, uri="gs://b/root/run/pushed"):
    pushed = Artifact(0, "PushedModel", "pushed_model", uri, properties)
    return note_of(json.loads(facts_of(config)), EXAMPLES, Verdict.model_validate(VERDICT), pushed, model)


def test_facts_are_the_same_each_time_and_have_no_token(config):
    assert facts_of(config) == facts_of(config)
    assert "hidden" not in facts_of(config)
    assert str(config.root) not in facts_of(config)


def test_pushed_run_has_its_data_evaluations_and_version(config, tmp_path):
    model = tmp_path / "copy"
    model.mkdir()
    (model / "saved_model.pb").write_text("graph")
    found = note(config, PUSHED, model)
    body = ExperimentBody.model_validate({**found.experiment, "model_id": 1})
    assert (body.state, body.failure, body.evaluations["overall"]) == ("pushed", "", {"auc": 0.95})
    assert (body.data.source, body.data.rows) == ("gs://b/trips.csv", {"train": 67, "eval": 33})
    assert (found.project, found.model, found.promote, found.is_complete) == ("city", "taxi", True, True)
    assert (found.version.number, found.version.folder) == (3, "gs://b/models/3")
    assert found.version.digest == content_digest(model)


def test_name_and_key_are_those_of_the_push_so_that_a_retry_is_the_same_run(config, tmp_path):
    first, again = note(config, PUSHED, tmp_path), note(config, PUSHED, tmp_path)
    assert first.run == again.run
    assert first.run.startswith("kubeflow-")
    assert first.experiment["place"] == again.experiment["place"]
    assert note(config, PUSHED, tmp_path, uri="gs://b/root/other/pushed").run != first.run


def test_refused_run_has_the_reasons_and_no_version(config, tmp_path):
    found = note(config, {"pushed": 0, "pushed_version": "", "pushed_destination": ""}, tmp_path)
    assert (found.experiment["state"], found.version) == ("refused", None)
    assert found.experiment["failure"] == "auc overall: 0.95, at most 0.91 required"


def test_certificate_is_among_the_evaluations(config, tmp_path):
    found = with_certificate(note(config, PUSHED, tmp_path), CERTIFICATE)
    assert found.experiment["evaluations"]["certificate"] == CERTIFICATE.plain()
    assert found.experiment["evaluations"]["overall"] == {"auc": 0.95}
