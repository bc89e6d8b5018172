"""`penstock deploy vertex`: bad arguments are refused, a dry run prints the requests, and sends none."""

import json

import pytest

from tests.metadata_store import CONFIGURATION
from tests.pipeline.cli.command import penstock

IMAGE = "europe-docker.pkg.dev/p/penstock/server:1"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION.replace('"models"', '"gs://bucket/models/taxi"'))
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["1", "--image", "penstock-server"], "--image: expected an image of a registry with its tag"),
        (["1", "--image", "Registry/a:1"], "--image: expected an image of a registry with its tag"),
        (["1", "--image", f"{IMAGE} --privileged"], "--image: expected an image of a registry with its tag"),
        (["1", "--image", IMAGE, "--endpoint", 'a" OR "b'], "--endpoint: expected at most 128 letters, digits, spaces"),
        (["1", "--image", IMAGE, "--endpoint", ""], "--endpoint: expected at most 128 letters, digits, spaces"),
        (["1", "--image", IMAGE, "--artifacts", "models/1"], "--artifacts: expected a folder in a bucket of Google"),
        (["1", "--image", IMAGE, "--artifacts", "s3://b/models/1"], "--artifacts: expected a folder in a bucket"),
        (["1", "--image", IMAGE, "--set", "push.directory=models"], "push.directory: expected a folder in a bucket"),
        (["1", "--image", IMAGE, "--replicas", "3", "--max-replicas", "2"], "--max-replicas: expected at least the 3"),
        (["1", "--image", IMAGE, "--set", "name=1st"], "name: expected at most 63 small letters, digits, hyphens"),
    ],
)
def test_bad_argument_is_refused_before_anything_is_sent(folder, arguments, sentence):
    result = penstock(folder, "deploy", "vertex", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(sentence)
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        *([], ["0", "--image", IMAGE], ["one", "--image", IMAGE], ["1"]),
        *(["1", "--image", IMAGE, option, "0"] for option in ("--traffic", "--replicas", "--timeout")),
        ["1", "--image", IMAGE, "--traffic", "101"],
    ],
)
def test_missing_argument_and_number_out_of_range_are_refused(folder, arguments):
    result = penstock(folder, "deploy", "vertex", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert "Usage: " in result.stderr or "Error" in result.stderr


@pytest.mark.slow
def test_dry_run_needs_no_credentials_and_prints_what_a_run_sends(folder):
    # Google's client takes three seconds to import, and no fast test needs it.
    from tests.vertex_endpoints import Services
    from tests.vertex_server import PROJECT, serving

    options = ["7", "--image", IMAGE, "--endpoint", "rides", "--replicas", "2"]
    dry = penstock(folder, "deploy", "vertex", *options, "--dry-run", "--json", "--set", f"vertex.project={PROJECT}")
    assert (dry.returncode, dry.stderr) == (0, "")
    calls = json.loads(dry.stdout)["calls"]
    shown = penstock(folder, "deploy", "vertex", *options, "--dry-run")
    assert shown.stdout.startswith("ModelService.GetModel\n{\n")
    assert shown.stdout.endswith("6 calls; none was sent.\n")
    services = Services()
    with serving(folder, *services.handlers()) as server:
        place = ["--set", f"vertex.project={PROJECT}", "--set", f"vertex.endpoint={server.endpoint}"]
        environment = {**server.environment, "NO_GCE_CHECK": "true"}
        done = penstock(folder, "deploy", "vertex", *options, *place, "--json", **environment)
        new = penstock(folder, "deploy", "vertex", "8", *options[1:], *place, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    parent = f"projects/{PROJECT}/locations/us-central1"
    assert json.loads(done.stdout)["model"] == f"{parent}/models/taxi@1"
    sent = json.dumps(services.calls[:6]).replace("endpoints/7000", "endpoints/ENDPOINT")
    assert [[call["method"], call["request"]] for call in calls] == json.loads(sent)
    lines = new.stdout.splitlines()
    assert lines[0] == "Deploying version 8 of taxi to endpoint 7000; this takes minutes."
    assert lines[2].startswith("Deployment 900 gets no requests any more, and costs until: gcloud ai endpoints ")
