"""The service for Cloud Run, by the description of Google's own API."""

import copy

import pytest
import yaml

from tests.deploy.checkers import DEPLOY, cloud_run_schema
from tests.dockerfile import SERVER, steps

SERVICE = yaml.safe_load((DEPLOY / "cloud-run.yaml").read_text())
REVISION = SERVICE["spec"]["template"]["spec"]
[CONTAINER] = REVISION["containers"]


@pytest.fixture(scope="module")
def schema():
    import jsonschema

    found = cloud_run_schema()
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


@pytest.mark.slow
def test_service_fits_the_description_of_the_api(schema):
    assert [error.message for error in schema.iter_errors(SERVICE)] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("spec", "templates"), {}),
        (("spec", "template", "spec", "replicas"), 2),
        (("spec", "template", "spec", "containerConcurrency"), "many"),
        (("spec", "template", "spec", "containers", 0, "readyProbe"), {}),
        (("spec", "template", "spec", "containers", 0, "startupProbe", "httpGet", "port"), "http"),
        (("spec", "template", "spec", "containers", 0, "lifecycle"), {}),
        (("spec", "template", "spec", "volumes", 0, "persistentVolumeClaim"), {"claimName": "models"}),
        (("spec", "traffic", 0, "share"), 100),
    ],
)
def test_field_that_the_api_does_not_have_is_an_error(schema, place, value):
    service = copy.deepcopy(SERVICE)
    *outer, last = place
    inner = service
    for key in outer:
        inner = inner[key]
    inner[last] = value
    assert len(list(schema.iter_errors(service))) == 1


def test_port_is_that_of_rest_and_one_port_only():
    [exposed] = [step.words for step in steps(SERVER.read_text()) if step.name == "EXPOSE"]
    [port] = CONTAINER["ports"]
    assert (port["name"], str(port["containerPort"])) == ("http1", exposed[-1])
    assert {CONTAINER[kind]["httpGet"]["port"] for kind in ("startupProbe", "livenessProbe")} == {port["containerPort"]}


def test_limits_of_cloud_run_are_kept():
    annotations = SERVICE["spec"]["template"]["metadata"]["annotations"]
    assert annotations["run.googleapis.com/execution-environment"] == "gen2"
    assert 1 <= REVISION["containerConcurrency"] <= 1000
    assert 1 <= REVISION["timeoutSeconds"] <= 3600
    startup = CONTAINER["startupProbe"]
    assert startup["failureThreshold"] * startup["periodSeconds"] <= 240
    assert sum(each["percent"] for each in SERVICE["spec"]["traffic"]) == 100


def test_model_is_in_the_mounted_bucket_and_names_to_replace_are_in_capitals():
    [mount], [volume] = CONTAINER["volumeMounts"], REVISION["volumes"]
    assert mount["name"] == volume["name"]
    assert CONTAINER["args"][-1].partition("=")[2].startswith(f"{mount['mountPath']}/")
    text = (DEPLOY / "cloud-run.yaml").read_text()
    assert "PROJECT" in text
    assert volume["csi"]["volumeAttributes"]["bucketName"] == "BUCKET"
