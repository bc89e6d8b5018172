"""Deployment to an endpoint of Vertex AI, by its own clients over TLS to a server on loopback.

The clients run in a process of their own, because gRPC reads the root certificates once in a process.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.config.kubeflow import Vertex
from pipeline.submission.vertex_endpoint import Deployment, planned, shares
from tests.vertex_endpoints import REFUSED, SILENT, Services
from tests.vertex_server import PROJECT, serving

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import json, os, sys
from penstock.config.kubeflow import Vertex
from penstock.core.errors import PenstockError
from pipeline.submission.vertex_endpoint import Deployment, deploy

settings, deployments = json.loads(sys.argv[1])
results = []
for given in deployments:
    try:
        done = deploy(Deployment(**given), Vertex(**settings))
        results.append({**vars(done), "without_traffic": list(done.without_traffic)})
    except PenstockError as error:
        results.append({"kind": type(error).__name__, **error.as_dict()})
print("RESULTS", json.dumps(results), flush=True)
os._exit(0)
"""
# The same with the SDK: what its documentation calls the deployment of a custom container.
SDK = """
import os, sys
from google.cloud import aiplatform

project, region, address = sys.argv[1:]
aiplatform.init(project=project, location=region, api_endpoint=address)
labels = {"made-by": "penstock", "penstock-model": "taxi"}
model = aiplatform.Model.upload(
    model_id="taxi",
    display_name="taxi",
    artifact_uri="gs://bucket/models/taxi/1",
    version_aliases=["v1"],
    version_description="version 1 of taxi",
    is_default_version=False,
    labels=labels,
    serving_container_image_uri="registry/penstock-server:1",
    serving_container_args=["--model", "taxi=$(AIP_STORAGE_URI)", "--rest-port", "$(AIP_HTTP_PORT)"],
    serving_container_ports=[8501],
    serving_container_predict_route="/v1/models/taxi:predict",
    serving_container_health_route="/readyz",
)
model.deploy(
    aiplatform.Endpoint.create(display_name="rides", labels=labels),
    deployed_model_display_name="taxi-v1",
    machine_type="n1-standard-2",
    traffic_percentage=100,
    service_account="server@p",
    enable_access_logging=True,
)
os._exit(0)
"""
REGION = "europe-west4"
PARENT = f"projects/{PROJECT}/locations/{REGION}"
FIRST = {
    **{"model": "taxi", "version": 1, "artifacts": "gs://bucket/models/taxi/1", "image": "registry/penstock-server:1"},
    **{"endpoint": "rides", "seconds": 60},
}
SECOND = {**FIRST, "version": 2, "artifacts": "gs://bucket/models/taxi/2", "replicas": (2, 5), "traffic": 20}
THIRD = {**FIRST, "version": 3, "artifacts": "gs://bucket/models/taxi/3"}
OTHERS = {name: {**FIRST, "model": name, "seconds": 20} for name in REFUSED}
OTHERS[SILENT] = {**FIRST, "model": SILENT, "seconds": 2}
# The kind of the error, what was expected, and what to do.
KINDS = {
    "denied": ("PenstockError", 403, "the permission to upload models", "grant roles/aiplatform.user"),
    "empty": ("ConfigError", 400, "a request that the service accepts", "correct what it names"),
    "nowhere": ("PenstockError", 404, "the API, the image and the files", "check vertex.project"),
    "broken": ("PenstockError", 500, "a deployment", "repeat it later"),
    "busy": ("ConfigError", 409, "a model that nobody else is uploading", "repeat it"),
}


def settings(endpoint=None):
    return {"project": PROJECT, "region": REGION, "endpoint": endpoint, "service_account": "server@p"}


def deployed(environment, endpoint, *deployments):
    """Deploy in another process, and return the results or errors, and all that was printed."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "NO_GCE_CHECK": "true", **environment}
    arguments = json.dumps([settings(endpoint), deployments])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, arguments], env=environment, capture_output=True, text=True, timeout=200
    )
    before, _, results = done.stdout.partition("RESULTS ")
    assert results, done.stderr
    return json.loads(results), before + done.stderr


@pytest.fixture(scope="module")
def services():
    return Services()


@pytest.fixture(scope="module")
def results(services, tmp_path_factory):
    """The results of all deployments, by name, from one process, and the server."""
    names = ["first", "again", "second", "third", *OTHERS]
    with serving(tmp_path_factory.mktemp("vertex"), *services.handlers()) as state:
        deployments = [FIRST, FIRST, SECOND, THIRD, *OTHERS.values()]
        found, printed = deployed(state.environment, state.endpoint, *deployments)
        services.closed.set()
        yield {**dict(zip(names, found, strict=True)), "printed": printed, "address": state.endpoint}


def test_dry_run_has_the_requests_that_are_sent(services, results):
    plan = planned(Deployment(**FIRST), Vertex(**settings()))
    assert [name for name, _ in plan] == [
        *("ModelService.GetModel", "ModelService.GetModel", "ModelService.UploadModel"),
        *("EndpointService.ListEndpoints", "EndpointService.CreateEndpoint", "EndpointService.DeployModel"),
    ]
    sent = json.loads(
        json.dumps(services.calls[:6]).replace(f"{PARENT}/endpoints/7000", f"{PARENT}/endpoints/ENDPOINT")
    )
    assert [list(call) for call in plan] == sent


def test_requests_are_those_of_the_sdk(tmp_path):
    services = Services()
    with serving(tmp_path, *services.handlers()) as state:
        environment = {"PATH": os.environ["PATH"], "NO_GCE_CHECK": "true", **state.environment}
        command = [sys.executable, "-c", SDK, PROJECT, REGION, state.endpoint]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200)
    theirs, ours = dict(services.calls), dict(planned(Deployment(**FIRST), Vertex(**settings())))
    assert "EndpointService.DeployModel" in theirs, done.stderr[-3000:]
    for request in (theirs["EndpointService.DeployModel"], ours["EndpointService.DeployModel"]):
        # The SDK names the latest version by the model alone.
        request["deployedModel"]["model"] = request["deployedModel"]["model"].partition("@")[0]
    theirs["EndpointService.DeployModel"]["endpoint"] = f"{PARENT}/endpoints/ENDPOINT"
    # It knows no probe over HTTP, and has no service account for the upload here.
    assert ours["ModelService.UploadModel"].pop("serviceAccount") == "server@p"
    assert ours["ModelService.UploadModel"]["model"]["containerSpec"].pop("startupProbe")
    for name in ("ModelService.UploadModel", "EndpointService.CreateEndpoint", "EndpointService.DeployModel"):
        assert ours[name] == theirs[name]


def test_first_version_makes_the_model_and_the_endpoint(services, results):
    assert results["first"] == {
        "model": f"{PARENT}/models/taxi@1",
        "endpoint": f"{PARENT}/endpoints/7000",
        "operation": f"{PARENT}/endpoints/7000/operations/3",
        "without_traffic": [],
    }
    model = services.models[f"{PARENT}/models/taxi"][0]
    assert (model.artifact_uri, list(model.version_aliases)) == ("gs://bucket/models/taxi/1", ["v1"])
    assert services.endpoints[0].display_name == "rides"
    uploaded = next(request for name, request in services.calls if name == "ModelService.UploadModel")
    assert uploaded["serviceAccount"] == "server@p"


def test_container_has_the_routes_of_the_server_and_the_files_that_vertex_keeps(services, results):
    spec = services.models[f"{PARENT}/models/taxi"][0].container_spec
    assert spec.image_uri == "registry/penstock-server:1"
    assert list(spec.args) == ["--model", "taxi=$(AIP_STORAGE_URI)", "--rest-port", "$(AIP_HTTP_PORT)"]
    assert [port.container_port for port in spec.ports] == [8501]
    assert (spec.predict_route, spec.health_route) == ("/v1/models/taxi:predict", "/readyz")
    assert (spec.startup_probe.http_get.path, spec.startup_probe.http_get.port) == ("/readyz", 8501)


def test_version_that_is_deployed_is_not_deployed_again(services, results):
    assert results["again"] == {**results["first"], "operation": None}
    assert [name for name, _ in services.calls[6:8]] == ["ModelService.GetModel", "EndpointService.ListEndpoints"]


def test_next_version_belongs_to_the_same_model_and_takes_its_share(services, results):
    assert results["second"]["model"] == f"{PARENT}/models/taxi@2"
    assert results["second"]["without_traffic"] == []
    second = services.endpoints[0].deployed_models[1]
    assert second.dedicated_resources.min_replica_count == 2
    assert second.dedicated_resources.max_replica_count == 5
    splits = [request["trafficSplit"] for name, request in services.calls if name == "EndpointService.DeployModel"]
    assert splits == [{"0": 100}, {"0": 20, "900": 80}, {"0": 100}]


def test_deployments_without_requests_are_named(results):
    assert results["third"]["without_traffic"] == ["900", "901"]


@pytest.mark.parametrize("name", KINDS)
def test_refusal_has_the_message_of_the_service_and_a_remedy(results, name):
    kind, status, expected, remedy = KINDS[name]
    found = results[name]
    assert (found["kind"], found["what"]) == (kind, results["address"])
    assert found["expected"].startswith(expected)
    message = REFUSED[name][1].replace("Bearer ya29.hidden-token", "***")
    assert found["received"] == f"HTTP {status}: {message}"
    assert found["next_step"].startswith(remedy)


def test_service_that_does_not_answer_is_not_waited_for(results):
    found = results[SILENT]
    assert (found["kind"], found["expected"]) == ("PenstockError", "an answer")
    assert found["next_step"].startswith(
        "repeat it, since what is there already is not made again, and raise --timeout"
    )


def test_token_is_never_shown(results):
    assert "ya29.hidden" not in json.dumps(results)
    assert "token-of-the-test" not in json.dumps(results)


def test_service_that_cannot_be_reached_and_credentials_that_are_not_there_are_named(tmp_path):
    with serving(tmp_path) as state:
        [unreachable], _ = deployed(state.environment, "localhost:1", {**FIRST, "seconds": 8})
    assert (unreachable["kind"], unreachable["what"]) == ("PenstockError", "localhost:1")
    [without], _ = deployed({"HOME": str(tmp_path)}, "localhost:1", FIRST)
    assert (without["kind"], without["what"], without["expected"]) == (
        *("ConfigError", "deploy vertex"),
        "credentials of Google Cloud",
    )


@pytest.mark.parametrize(
    ("split", "percent", "expected"),
    [
        ({}, 100, {"0": 100}),
        ({}, 10, {"0": 100}),
        ({"1": 100}, 100, {"0": 100}),
        ({"1": 100}, 10, {"0": 10, "1": 90}),
        ({"1": 70, "2": 30}, 20, {"0": 20, "1": 56, "2": 24}),
        ({"1": 34, "2": 33, "3": 33}, 50, {"0": 50, "1": 18, "2": 16, "3": 16}),
        ({"1": 99, "2": 1, "3": 0}, 50, {"0": 50, "1": 50}),
    ],
)
def test_shares_add_up_to_a_hundred_and_keep_the_ratio_of_the_others(split, percent, expected):
    assert shares(split, percent) == expected
    assert sum(shares(split, percent).values()) == 100
