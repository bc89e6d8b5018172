"""The server's image without an engine: its environment, made by the steps of the Dockerfile, starts and answers."""

import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import contextmanager

import grpc
import httpx
import pytest

from tests.deploy.server_environment import sampling_packages, server_environment, size
from tests.dockerfile import ROOT, SERVER, steps

pytestmark = pytest.mark.slow

# In bytes; the environment of the pipeline has 4 GB.
LARGEST = 1.0e9
ABSENT = ("tfx", "apache_beam", "keras", "sqlalchemy", "pandas", "pyarrow", "tensorflow_transform", "hatchling", "pip")
# Without proxies.
CLEAN = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
ROW = {"x": 1.5, "n": 2, "s": "a"}


@pytest.fixture(scope="module")
def place():
    return server_environment()


@pytest.fixture(scope="module")
def environment(place):
    """The variables of the image, with the environment where it is here, and nothing of this process."""
    [*_, last] = steps(SERVER.read_text())
    variables = {name: value.replace("/penstock/.venv", f"{place}/.venv") for name, value in last.environment.items()}
    assert f"{place}/.venv/bin" in variables["PATH"]
    return variables


def test_environment_is_small_and_has_no_package_of_the_pipeline(place, environment, capsys):
    found = size(place / ".venv")
    with capsys.disabled():
        sys.stdout.write(f"\nThe environment of the server's image: {found / 1e6:,.0f} MB\n")
    assert found < LARGEST
    program = f"import importlib.util as u; print([name for name in {ABSENT} if u.find_spec(name)])"
    done = subprocess.run(["python", "-c", program], env=environment, capture_output=True, text=True, cwd="/")
    assert done.stdout.strip() == "[]", done.stderr


def test_environment_is_compiled_because_its_user_cannot_write(place):
    packages = next((place / ".venv" / "lib").glob("python3.*")) / "site-packages"
    for module in ("penstock/server/models/__pycache__/models.*.pyc", "tensorflow/__pycache__/__init__.*.pyc"):
        assert list(packages.glob(module)), module


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    from tests.penstock.server.saved_models import write_mixed

    folder = tmp_path_factory.mktemp("models")
    write_mixed(folder / "mixed" / "3", 3.0)
    return folder


@pytest.fixture(scope="module")
def server(environment, models):
    """A client of the command of the image, and its address of gRPC."""
    with started(environment, models) as addresses:
        yield addresses


@contextmanager
def started(environment, folder, *options):
    """Start the command of the image with a model and ports of ours."""
    entry, _ = (json.loads(step.text) for step in list(steps(SERVER.read_text()))[-2:])
    command = [*entry, "--model", f"model={folder}/mixed", "--rest-port", "0", "--grpc-port", "0", *options]
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(
            command, env={**environment, "HOME": str(folder)}, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            lines = [process.stdout.readline() for _ in range(4)]
            text = "".join(lines)
            rest, rpc = re.findall(r"answers at \D*?(?:\d+\.){3}\d+:(\d+)", text)
            client = httpx.Client(base_url=f"http://127.0.0.1:{rest}", trust_env=False, timeout=60)
            with client:
                _wait(client, process, folder / "log")
                yield client, f"127.0.0.1:{rpc}"
        finally:
            process.terminate()
            process.stdout.read()
            code = process.wait(60)
    assert code == 0


def _wait(client, process, log):
    """Wait until the models are loaded, as the probe of Kubernetes does."""
    import time

    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def test_command_of_the_image_answers_over_rest_as_vertex_asks(server):
    client, _ = server
    answer = client.post("/v1/models/model:predict", content=json.dumps({"instances": [ROW, ROW]}))
    assert answer.status_code == 200
    assert answer.json() == {"predictions": [{"score": 5.5, "count": 3, "text": "a!"}] * 2}
    assert client.get("/livez").status_code == 200


def test_command_of_the_image_answers_over_grpc(server):
    from tensorflow_serving.apis import get_model_status_pb2, model_service_pb2_grpc

    with grpc.insecure_channel(server[1]) as channel:
        request = get_model_status_pb2.GetModelStatusRequest()
        request.model_spec.name = "model"
        answer = model_service_pb2_grpc.ModelServiceStub(channel).GetModelStatus(request, timeout=300)
    assert [status.version for status in answer.model_version_status] == [3]


def test_image_for_sampling_writes_the_log_of_requests(environment, models, tmp_path):
    import pyarrow.parquet as pq

    added = {**environment, "PYTHONPATH": str(sampling_packages(tmp_path))}
    with started(added, models, "--sample", "1", "--sample-to", str(tmp_path / "log")) as (client, _):
        assert client.post("/v1/models/model:predict", content=json.dumps({"instances": [ROW]})).status_code == 200
    [file] = (tmp_path / "log").rglob("*.parquet")
    [row] = pq.read_table(file).to_pylist()
    assert row.items() >= {"x": 1.5, "n": 2, "s": "a"}.items()


def test_request_that_make_predict_sends_is_answered(server, tmp_path):
    client, _ = server
    (tmp_path / "rows.csv").write_text("label,s,n,x\n1,a,2,1.5\n")
    place = f"{client.base_url}/v1/models/model"
    request = [sys.executable, "scripts/request.py", place, str(tmp_path / "rows.csv")]
    shell = f"{shlex.join(request)} | curl --silent --show-error --fail-with-body --data-binary @- {place}:predict"
    done = subprocess.run(["sh", "-c", shell], cwd=ROOT, capture_output=True, text=True, env=CLEAN)
    assert json.loads(done.stdout) == {"predictions": [{"score": 5.5, "count": 3, "text": "a!"}]}, done.stderr


def test_metric_of_the_autoscaler_is_one_of_the_server(server):
    from tests.deploy.test_kubernetes import BY_KIND

    [metric] = BY_KIND["HorizontalPodAutoscaler"]["spec"]["metrics"]
    text = server[0].get("/monitoring/prometheus/metrics").text
    assert re.search(rf"^{metric['pods']['metric']['name']}\{{", text, re.MULTILINE), text[:2000]


def test_image_without_a_model_says_what_is_wrong(environment, tmp_path):
    [_, arguments] = [json.loads(step.text) for step in list(steps(SERVER.read_text()))[-2:]]
    assert not os.path.exists("/models/model")
    command = ["penstock", "serve", *arguments]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr.startswith("the model model in /models/model: expected a SavedModel")
    assert done.stderr.count("\n") == 1
