"""Registrar records the run of a compiled pipeline at a real server."""

import json

import pytest

from penstock.core.documents.certificate import Certificate
from penstock.core.errors import NodeError
from penstock.registry.client import DatabaseClient
from penstock.registry.documents import TokenBody
from penstock.registry.recording.cluster import facts_of
from tests.components.launching import artifact, execute
from tests.metadata_store import ROWS, VERDICT, configuration
from tests.penstock.core.documents.test_certificate import CERTIFICATE
from tests.registry_server import started

pytestmark = pytest.mark.slow


@pytest.fixture
def inputs(tmp_path):
    """The artifacts of a run that pushed version 1."""
    from components import artifacts

    examples, pushed = artifact("Examples", tmp_path / "examples"), artifact("PushedModel", tmp_path / "pushed")
    for name in ("digest", "query", "source", "files", "rows"):
        examples.set_string_custom_property(name, ROWS[name])
    pushed.set_int_custom_property("pushed", 1)
    pushed.set_string_custom_property("pushed_version", "1")
    pushed.set_string_custom_property("pushed_destination", "gs://bucket/models/1")
    (tmp_path / "pushed" / "saved_model.pb").write_text("graph")
    verdict = artifacts.ModelVerdict()
    verdict.uri = str(tmp_path / "verdict")
    (tmp_path / "verdict").mkdir()
    (tmp_path / "verdict" / "verdict.json").write_text(json.dumps(VERDICT))
    certificate = artifacts.ServingCertificate()
    certificate.uri = str(tmp_path / "certificate")
    (tmp_path / "certificate").mkdir()
    (tmp_path / "certificate" / Certificate.FILE).write_text(CERTIFICATE.text())
    return {"examples": examples, "verdict": verdict, "pushed": pushed, "certificate": certificate}


def run(inputs, tmp_path, url):
    from tfx.types.channel import Channel

    from components import artifacts
    from components.registrar import Registrar
    from tests.components.launching import channel

    config = configuration(tmp_path, f"registry.uri={url}").compiled_for("kubeflow")
    channels = {"examples": channel("Examples"), "pushed": channel("PushedModel")}
    channels["verdict"] = Channel(type=artifacts.ModelVerdict)
    channels["certificate"] = Channel(type=artifacts.ServingCertificate)
    node = Registrar(**channels, facts=facts_of(config), code="x")
    execute(node, inputs, {}, tmp_path / "temporary", [])


def test_run_is_recorded_once_and_a_missing_token_fails_the_node(inputs, tmp_path, monkeypatch):
    server = tmp_path / "server"
    server.mkdir()
    with DatabaseClient("sqlite:///registry.sqlite", root=server) as registry:
        _, token = registry.create_token(TokenBody(name="cluster", scopes=("read", "write")))
        with started(server) as (_, url):
            with pytest.raises(NodeError, match="token"):
                run(inputs, tmp_path, url)
            monkeypatch.setenv("PENSTOCK_REGISTRY__TOKEN", token)
            for _ in range(2):
                run(inputs, tmp_path, url)
        [found] = registry.experiments().items
        assert (found.state, found.evaluations["overall"]) == ("pushed", {"auc": 0.95})
        assert Certificate.model_validate(found.evaluations["certificate"]) == CERTIFICATE
        [version] = registry.versions(found.model_id).items
        assert (version.number, version.folder, version.aliases) == (1, "gs://bucket/models/1", ("default",))
        assert {event.actor for event in registry.events().items[1:]} == {"cluster"}
