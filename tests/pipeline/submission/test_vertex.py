"""Submission to Vertex AI, by its own client over TLS to a server on loopback.

The client runs in a process of its own, because gRPC reads the root certificates once in a process.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from google.protobuf import json_format

from penstock.config.kubeflow import Vertex
from penstock.core.errors import ConfigError
from pipeline.submission.request import Request
from pipeline.submission.vertex import job_of, submit
from tests.pipeline.submission.specifications import specification, written
from tests.vertex_server import PROJECT, REFUSED, SILENT, serving

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import json, os, sys
from pathlib import Path
from penstock.config.kubeflow import Vertex
from penstock.core.errors import PenstockError
from pipeline.submission.request import Request
from pipeline.submission.vertex import submit

file, settings, requests = json.loads(sys.argv[1])
results = []
for given in requests:
    try:
        done = submit(Request(Path(file), **given), Vertex(**settings))
        results.append({"run": done.run, "link": done.link})
    except PenstockError as error:
        results.append({"kind": type(error).__name__, **error.as_dict()})
print("RESULTS", json.dumps(results), flush=True)
os._exit(0)
"""
KINDS = {
    "denied": ("PenstockError", 403, "grant roles/aiplatform.user in vertex.project"),
    "invalid": ("ConfigError", 400, "correct what it names"),
    "taken": ("ConfigError", 409, "give another name with --name"),
    "nowhere": ("PenstockError", 404, "check vertex.project and vertex.region"),
    "unknown-user": ("PenstockError", 401, "run `gcloud auth application-default login`"),
    "broken": ("PenstockError", 500, "repeat it later"),
}


def submitted(file, settings, environment, *requests):
    """Submit in another process, and return the results or errors, and all that was printed."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "NO_GCE_CHECK": "true", **environment}
    arguments = json.dumps([str(file), settings, requests])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, arguments], env=environment, capture_output=True, text=True, timeout=120
    )
    before, _, results = done.stdout.partition("RESULTS ")
    assert results, done.stderr
    return json.loads(results), before + done.stderr


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("vertex")) as state:
        yield state


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled")
    return written(folder, specification(target="vertex"), name="taxi-vertex.yaml")


@pytest.fixture(scope="module")
def results(server, file):
    """The results of all requests to the server, by name, from one process."""
    settings = {
        "project": PROJECT,
        "region": "europe-west4",
        "endpoint": server.endpoint,
        "service_account": "runner@p",
    }
    plain = {
        "name": "run-7",
        "root": "gs://other/root",
        "parameters": {"source": "gs://b/rows.csv"},
        "is_cached": False,
    }
    requests = [plain, {}, {"name": "Not Valid"}, *({"name": name} for name in REFUSED), {"name": SILENT, "seconds": 1}]
    found, printed = submitted(file, settings, server.environment, *requests)
    names = ["plain", "bare", "name", *REFUSED, SILENT]
    return {**dict(zip(names, found, strict=True)), "printed": printed}


def test_job_has_the_file_and_all_that_was_given(server, file, results):
    link = f"https://console.cloud.google.com/vertex-ai/locations/europe-west4/pipelines/runs/run-7?project={PROJECT}"
    assert results["plain"] == {"run": "run-7", "link": link}
    request = server.jobs[0]
    assert (request.parent, request.pipeline_job_id) == (f"projects/{PROJECT}/locations/europe-west4", "run-7")
    job = json_format.MessageToDict(type(request.pipeline_job).pb(request.pipeline_job))
    expected = yaml.safe_load(file.read_text())
    for task in expected["root"]["dag"]["tasks"].values():
        task["cachingOptions"] = {"enableCache": False}
    assert job["pipelineSpec"] == expected
    assert job["runtimeConfig"] == {
        "gcsOutputDirectory": "gs://other/root",
        "parameterValues": {"source": "gs://b/rows.csv"},
    }
    assert (job["displayName"], job["serviceAccount"]) == ("run-7", "runner@p")


def test_job_without_a_name_gets_one_and_keeps_the_caching_of_the_file(server, file, results):
    request = server.jobs[1]
    assert request.pipeline_job_id.startswith("taxi-")
    assert results["bare"]["run"] == request.pipeline_job_id
    assert request.pipeline_job.display_name == "taxi"
    job = json_format.MessageToDict(type(request.pipeline_job).pb(request.pipeline_job))
    assert job["pipelineSpec"] == yaml.safe_load(file.read_text())
    assert job["runtimeConfig"] == {"gcsOutputDirectory": "gs://mine/runs"}


@pytest.mark.parametrize("name", KINDS)
def test_refused_job_has_the_message_of_the_service_and_a_remedy(server, results, name):
    kind, status, remedy = KINDS[name]
    found = results[name]
    assert (found["kind"], found["what"]) == (kind, server.endpoint)
    message = REFUSED[name][1].replace("Bearer ya29.hidden-token", "***")
    assert found["received"] == f"HTTP {status}: {message}"
    assert found["next_step"].startswith(remedy)


def test_service_that_does_not_answer_is_not_waited_for(results):
    assert results[SILENT]["kind"] == "PenstockError"
    assert results[SILENT]["expected"] in ("an answer", "a service that answers")


def test_name_that_vertex_does_not_allow_is_refused(results):
    found = results["name"]
    assert (found["kind"], found["what"], found["received"]) == ("ConfigError", "--name Not Valid", "'Not Valid'")


def test_only_the_service_itself_is_called(server, results):
    assert {place for place in server.others if not place.endswith("/token")} == set()


@pytest.mark.parametrize("is_cached", [True, False])
def test_job_is_the_one_that_the_sdk_makes(file, is_cached):
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import aiplatform

    values = {"source": "gs://b/rows.csv", "model": '{"epochs": 5}'}
    theirs = aiplatform.PipelineJob(
        display_name="taxi",
        template_path=str(file),
        parameter_values=values,
        enable_caching=None if is_cached else False,
        project=PROJECT,
        location="europe-west4",
        credentials=AnonymousCredentials(),
    )
    assert job_of(Request(file, values, is_cached=is_cached), Vertex()) == theirs._gca_resource


def test_token_is_sent_and_never_shown(server, results):
    assert server.tokens
    assert all(token.startswith("Bearer ") for token in server.tokens)
    text = json.dumps(results)
    assert not any(token.split()[1] in text for token in server.tokens)
    assert "ya29.hidden" not in text


def test_service_that_cannot_be_reached_and_credentials_that_are_not_there_are_named(server, file, tmp_path):
    settings = {"project": PROJECT, "endpoint": "localhost:1"}
    [unreachable], _ = submitted(file, settings, server.environment, {"name": "unreachable"})
    assert (unreachable["kind"], unreachable["what"]) == ("PenstockError", "localhost:1")
    assert unreachable["next_step"] == "check vertex.region, vertex.endpoint and the network"
    [without], _ = submitted(file, settings, {"HOME": str(tmp_path)}, {"name": "anonymous"})
    assert (without["kind"], without["expected"]) == ("ConfigError", "credentials of Google Cloud")
    assert "gcloud auth application-default login" in without["next_step"]


def test_environment_without_the_client_is_named(file, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.cloud.aiplatform_v1", None)
    with pytest.raises(ConfigError) as caught:
        submit(Request(file), Vertex())
    assert caught.value.expected == "the package google-cloud-aiplatform"
