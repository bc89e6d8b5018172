"""The server as processes: versions, its end, the death of a worker, slow clients, descriptors, TLS and tokens."""

import contextlib
import json
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import grpc
import httpx
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from penstock.core.errors import ConfigError
from penstock.server.models.config import ModelConfig
from penstock.server.process.options import Serving, Tls
from penstock.server.process.serving import check_certificates, check_folders
from tests.prediction_server import started

HALF = {"signature_name": "half", "instances": [2.0, 4.0]}
PREDICT = "/v1/models/m:predict"
POST = b"POST /v1/models/m:predict HTTP/1.1\r\nHost: x\r\n"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def models(tmp_path_factory, mixed_model):
    """A folder with version 1; tests push and delete versions in it."""
    folder = tmp_path_factory.mktemp("served") / "m"
    shutil.copytree(mixed_model / "1", folder / "1")
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory, models):
    options = ("--model", f"m={models}", "--poll", "0.1", "--max-body", "1000000", "--timeout", "20")
    with started(tmp_path_factory.mktemp("server"), *options) as running:
        running.wait_until_ready()
        yield running


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, timeout=60) as http:
        yield http


def push(mixed_model, models, version, number):
    staged = models / f".staging-{number}"
    shutil.copytree(mixed_model / str(version), staged)
    staged.rename(models / str(number))


def wait_for(client, version):
    """Wait until a version answers, and return what each answer was until then."""
    answers = []
    while True:
        answer = client.post(PREDICT, json=HALF)
        answers.append(answer)
        if answer.headers.get("x-penstock-version") == str(version):
            return answers


def test_first_answer_has_the_version_and_the_id(server, client):
    answer = client.post(PREDICT, json=HALF, headers={"x-request-id": "mine"})
    assert answer.json() == {"predictions": [2.0, 3.0]}
    assert (answer.headers["x-penstock-version"], answer.headers["x-request-id"]) == ("1", "mine")
    assert client.get("/livez").status_code == client.get("/readyz").status_code == 200
    [line] = [json.loads(line) for line in server.access.splitlines() if '"mine"' in line]
    assert (line["model"], line["version"], line["status"]) == ("m", "1", 200)


def states_of(client):
    return {each["version"]: each["state"] for each in client.get("/v1/models/m").json()["model_version_status"]}


def test_versions_are_swapped_without_a_failed_request(client, server, models, mixed_model):
    failed, ended = [], threading.Event()

    def ask():
        with httpx.Client(base_url=server.url, timeout=60) as http:
            while not ended.is_set():
                answer = http.post(PREDICT, json=HALF)
                bias = {"1": 1.0, "2": 2.0}.get(answer.headers.get("x-penstock-version"), 2.0)
                if answer.status_code != 200 or answer.json() != {"predictions": [1.0 + bias, 2.0 + bias]}:
                    failed.append(answer.text)

    with ThreadPoolExecutor(2) as threads:
        for _ in range(2):
            threads.submit(ask)
        try:
            push(mixed_model, models, 2, 2)
            wait_for(client, 2)
            (models / "3").mkdir()
            (models / "3" / "saved_model.pb").write_bytes(b"truncated")
            while "END" not in client.get("/v1/models/m/versions/3").text:
                pass
            (models / "2" / "saved_model.pb").write_bytes(b"truncated while it is loaded")
            shutil.rmtree(models / "3")
            while client.get("/v1/models/m/versions/3").status_code != 404:
                pass
            assert client.post(PREDICT, json=HALF).headers["x-penstock-version"] == "2"
            shutil.rmtree(models / "2")
            wait_for(client, 1)
        finally:
            ended.set()
    assert failed == []
    while (states := states_of(client)) == {"2": "UNLOADING", "1": "AVAILABLE"}:
        pass
    assert states == {"2": "END", "1": "AVAILABLE"}


def test_grpc_answers_next_to_rest(server):
    from tensorflow import make_ndarray, make_tensor_proto
    from tensorflow_serving.apis.predict_pb2 import PredictRequest
    from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

    request = PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = "m", "half"
    request.inputs["x"].CopyFrom(make_tensor_proto(np.array([2.0], np.float32)))
    with grpc.insecure_channel(server.grpc) as channel:
        answer = PredictionServiceStub(channel).Predict(request, timeout=60)
        assert make_ndarray(answer.outputs["y"]).tolist() == [2.0]
    assert '"protocol":"GRPC"' in server.access


@pytest.mark.parametrize("content", [b"x" * 2_000_000, iter([b"x" * 500_000] * 4)], ids=["length", "chunked"])
def test_body_over_the_limit_is_refused(client, content):
    with contextlib.suppress(httpx.WriteError):  # refused before all of it was sent
        assert client.post(PREDICT, content=content).status_code == 413
    assert client.post(PREDICT, json=HALF).status_code == 200


def test_metrics_count_requests_of_both_protocols(client):
    client.post(PREDICT, json=HALF)
    text = client.get("/monitoring/prometheus/metrics").text
    assert ':tensorflow:serving:request_count{model_name="m",status="OK"}' in text
    assert 'penstock_requests_total{code="OK",method="predict",model="m",protocol="REST",version="1"}' in text


@pytest.mark.parametrize(
    "sent",
    [
        POST + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}",
        POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"GET /v1/models/m HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n",
        b"GET /v1/models/m\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/models/m HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_request_that_could_be_read_in_two_ways_is_refused_and_closes_the_connection(server, client, sent):
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname, place.port), timeout=60) as opened:
        opened.sendall(sent)
        received = b""
        try:
            while chunk := opened.recv(10_000):
                received += chunk
        except ConnectionResetError:
            pass
    assert received == b"" or received.startswith(b"HTTP/1.1 400 ")
    assert received.count(b"HTTP/1.1") <= 1
    assert client.get("/v1/models/m").status_code == 200


def test_half_closed_and_idle_connections_disturb_nobody(server, client):
    place = urlsplit(server.url)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    number = min(5000, hard - 500)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, number + 500), hard))
    idle = [socket.create_connection((place.hostname, place.port), timeout=60) for _ in range(number)]
    body = json.dumps(HALF).encode()
    head = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    # The last ones: the server closes a connection without headers after a while, and a busy machine takes long here.
    with idle.pop() as slow:
        slow.sendall(head + body[:5])
        assert client.post(PREDICT, json=HALF).status_code == 200
        slow.sendall(body[5:])
        slow.shutdown(socket.SHUT_WR)
        assert slow.recv(1000).startswith(b"HTTP/1.1 200 ")
    with idle.pop() as gone:
        gone.sendall(head)
        gone.shutdown(socket.SHUT_WR)
        assert gone.recv(1000).startswith(b"HTTP/1.1 400 ")
    with idle.pop() as gone:
        gone.sendall(head[:20])
        gone.shutdown(socket.SHUT_WR)
        assert gone.recv(1000).startswith(b"HTTP/1.1 400 ")
    for each in idle:
        each.close()
    assert client.post(PREDICT, json=HALF).status_code == 200


def connected_to_ready(place):
    """Return a connection to a worker that has loaded the models; the others may be loading them."""
    while True:
        connection = socket.create_connection((place.hostname, place.port), timeout=60)
        connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        if connection.recv(10_000).startswith(b"HTTP/1.1 200 "):
            return connection
        connection.close()
        time.sleep(0.05)


def test_worker_that_is_killed_is_replaced_and_requests_in_flight_are_answered_at_the_end(tmp_path, mixed_model):
    options = ("--model", f"m={mixed_model}", "--workers", "2", "--batch", "8", "--max-requests", "64")
    with started(tmp_path, *options, forked=True) as running:
        running.wait_until_ready()
        first, other = running.workers()
        first.kill()
        with httpx.Client(base_url=running.url, timeout=60) as http:
            assert http.post(PREDICT, json=HALF).json() == {"predictions": [3.0, 4.0]}
        while first in running.workers() or len(running.workers()) < 2:
            time.sleep(0.05)
        place, body = urlsplit(running.url), json.dumps(HALF).encode()
        with connected_to_ready(place) as slow:
            slow.sendall(
                f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:9]
            )
            with httpx.Client(base_url=running.url, timeout=60) as http:
                http.get("/livez")
            running.process.send_signal(signal.SIGTERM)
            while _listens(place):
                pass
            slow.sendall(body[9:])
            assert slow.recv(1000).startswith(b"HTTP/1.1 200 ")
        assert running.process.wait(60) == 0


def test_server_without_free_descriptors_answers_those_who_are_connected(tmp_path, mixed_model):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    with started(tmp_path, "--model", f"m={mixed_model}", "--no-grpc", limit=limit) as running:
        running.wait_until_ready()
        place = urlsplit(running.url)
        with httpx.Client(base_url=running.url, timeout=60) as connected:
            assert connected.post(PREDICT, json=HALF).status_code == 200
            idle = [socket.create_connection((place.hostname, place.port), timeout=60) for _ in range(200)]
            assert connected.post(PREDICT, json=HALF).status_code == 200
            # A large body would need descriptors for another process.
            large = b'{"signature_name":"half","instances":[' + b"2.0," * 300_000 + b"4.0]}"
            assert connected.post(PREDICT, content=large).status_code == 503
            for each in idle:
                each.close()
        while True:
            try:
                with httpx.Client(base_url=running.url, timeout=5) as later:
                    assert later.post(PREDICT, json=HALF).status_code == 200
                break
            except httpx.TransportError:
                assert running.process.poll() is None


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", folder / "key", "-out", folder / "cert"], check=True, capture_output=True)
    return folder


def test_tls_and_tokens_are_asked_of_both_protocols(tmp_path, mixed_model, certificate):
    (tmp_path / "tokens").write_text("0123456789abcdef\n")
    files = ("--tls-cert", str(certificate / "cert"), "--tls-key", str(certificate / "key"))
    clients = ("--tls-clients", str(certificate / "cert"), "--tokens", str(tmp_path / "tokens"))
    with started(tmp_path, "--model", f"m={mixed_model}", *files, *clients, forked=True) as running:
        own = ssl.create_default_context(cafile=certificate / "cert")
        own.load_cert_chain(certificate / "cert", certificate / "key")
        running.wait_until_ready(verify=own)
        token = {"authorization": "Bearer 0123456789abcdef"}
        with httpx.Client(base_url=running.url, verify=own, timeout=60) as http:
            assert http.post(PREDICT, json=HALF).status_code == 401
            assert http.post(PREDICT, json=HALF, headers=token).status_code == 200
        with (
            httpx.Client(base_url=running.url, verify=str(certificate / "cert")) as http,
            pytest.raises(httpx.HTTPError),
        ):
            http.get("/livez")
        pem = (certificate / "cert").read_bytes()
        credentials = grpc.ssl_channel_credentials(pem, (certificate / "key").read_bytes(), pem)
        with grpc.secure_channel(running.grpc.replace("127.0.0.1", "localhost"), credentials) as channel:
            state = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="m"), timeout=60)
            assert state.status == health_pb2.HealthCheckResponse.SERVING
    assert "0123456789abcdef" not in running.access + running.errors


def test_files_for_tls_that_do_not_belong_together_are_refused(tmp_path, certificate):
    check_certificates(Tls(certificate / "cert", certificate / "key", certificate / "cert"))
    (tmp_path / "text").write_text("no certificate")
    for files in (
        Tls(certificate / "cert", certificate / "cert"),
        Tls(tmp_path / "text", certificate / "key"),
        Tls(tmp_path / "none", certificate / "key"),
        Tls(certificate / "cert", certificate / "key", tmp_path / "text"),
    ):
        with pytest.raises(ConfigError, match="expected PEM files that belong together"):
            check_certificates(files)


def test_folder_without_a_version_is_refused_before_anything_starts(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ConfigError, match="expected a SavedModel, or folders of SavedModels"):
            check_folders(Serving([ModelConfig("m", folder)]))


def _listens(place):
    try:
        socket.create_connection((place.hostname, place.port), timeout=1).close()
    except OSError:
        return False
    return True
