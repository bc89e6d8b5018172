"""The server as processes under faults: its end under load, killed workers, and large bodies."""

import fcntl
import json
import signal
import socket
import struct
import subprocess
import termios
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import grpc
import httpx
import numpy as np
import pytest

from tests.prediction_server import started

HALF = {"signature_name": "half", "instances": [2.0, 4.0]}
PREDICT = "/v1/models/m:predict"
LARGE = b'{"signature_name":"half","instances":[' + b"2.0," * 300_000 + b"4.0]}"
pytestmark = pytest.mark.slow


def large(server):
    with httpx.Client(base_url=server.url, timeout=120) as client:
        return client.post(PREDICT, content=LARGE)


def wait_until_sent(helper):
    """Return when a part of a large body waits for the process that reads such bodies."""
    with open(f"/proc/{helper.pid}/fd/0", "rb", buffering=0) as pipe:
        while struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4))) == (0,):
            time.sleep(0.01)


@pytest.fixture(scope="module")
def server(tmp_path_factory, mixed_model):
    """A server of one process, which the last test ends."""
    with started(tmp_path_factory.mktemp("one"), "--model", f"m={mixed_model}") as running:
        running.wait_until_ready()
        yield running


def test_rows_are_answered_while_a_large_body_is_read_and_its_process_is_replaced(server):
    expected = {"predictions": [3.0] * 300_000 + [4.0]}
    assert large(server).json() == expected
    [worker] = server.workers()
    [helper] = worker.children()
    with ThreadPoolExecutor() as threads, httpx.Client(base_url=server.url, timeout=60) as client:
        helper.suspend()
        waiting = threads.submit(large, server)
        wait_until_sent(helper)
        for _ in range(50):
            assert client.post(PREDICT, json=HALF).json() == {"predictions": [3.0, 4.0]}
        assert not waiting.done()
        helper.resume()
        assert waiting.result().json() == expected
        helper.suspend()
        waiting = threads.submit(large, server)
        wait_until_sent(helper)
        helper.kill()
        assert waiting.result().status_code == 503
        assert large(server).json() == expected


class Load:
    """Clients that ask without a pause until the server refuses them.

    Attributes:
        answered: The number of requests with the right answer.
        lost: What came back in place of an answer on a connection that the server had taken.
        refused: How many connections or calls the server refused at its end.
        is_patient: Whether a client goes on after the loss of a connection or call that it begins now.
    """

    def __init__(self, server, *, is_patient=False):
        self.is_patient = is_patient
        self.server, self.answered, self.lost, self.refused = server, 0, [], 0
        self._lock, self.asked = threading.Lock(), threading.Event()
        self._patient, self._changed = 0, threading.Condition()

    def count(self, **changes):
        with self._lock:
            self.answered += changes.get("answered", 0)
            self.refused += changes.get("refused", 0)
            self.lost += changes.get("lost", [])
        if self.answered > 200:
            self.asked.set()

    def end_patience(self):
        """Return when no client has a connection or call of before, whose loss it would not count."""
        self.is_patient = False
        with self._changed:
            assert self._changed.wait_for(lambda: not self._patient, 60)

    @contextmanager
    def beginning(self):
        """Give whether what begins here may be lost."""
        with self._changed:
            patient = self.is_patient
            self._patient += patient
        try:
            yield patient
        finally:
            with self._changed:
                self._patient -= patient
                self._changed.notify_all()

    def rest(self):
        while True:
            with self.beginning() as patient, httpx.Client(base_url=self.server.url, timeout=60) as client:
                try:
                    self._rest(client, patient=patient)
                except httpx.TransportError as error:
                    if not patient:
                        refused = isinstance(error, httpx.ConnectError)
                        self.count(**({"refused": 1} if refused else {"lost": [repr(error)]}))
                        return

    def _rest(self, client, *, patient):
        while patient == self.is_patient:
            answer = client.post(PREDICT, json=HALF)
            if answer.status_code == 200 and answer.json() == {"predictions": [3.0, 4.0]}:
                self.count(answered=1)
            else:
                self.count(lost=[answer.text])
            if answer.headers.get("connection") == "close":
                return

    def rpc(self):
        from tensorflow import make_ndarray, make_tensor_proto
        from tensorflow_serving.apis.predict_pb2 import PredictRequest
        from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

        request = PredictRequest()
        request.model_spec.name, request.model_spec.signature_name = "m", "half"
        request.inputs["x"].CopyFrom(make_tensor_proto(np.array([2.0], np.float32)))
        with grpc.insecure_channel(self.server.grpc) as channel:
            stub = PredictionServiceStub(channel)
            while True:
                with self.beginning() as patient:
                    try:
                        answer = make_ndarray(stub.Predict(request, timeout=60).outputs["y"]).tolist()
                    except grpc.RpcError as error:
                        if patient:
                            continue
                        refused = error.code() is grpc.StatusCode.UNAVAILABLE
                        self.count(**({"refused": 1} if refused else {"lost": [str(error)]}))
                        return
                self.count(**({"answered": 1} if answer == [3.0] else {"lost": [str(answer)]}))


def ended_under_load(server, load, clients):
    """Send SIGTERM, and return when the server and the clients have ended."""
    assert load.asked.wait(60)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(60) == 0
    for each in clients:
        each.result()
    assert load.lost == []
    assert load.refused >= len(clients)
    place = urlsplit(server.url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((place.hostname, place.port), timeout=5)


def test_signal_to_end_under_load_loses_no_request(server):
    [helper] = server.workers()[0].children()
    load = Load(server)
    with ThreadPoolExecutor(16) as threads:
        clients = [threads.submit(load.rpc if number % 4 == 0 else load.rest) for number in range(16)]
        ended_under_load(server, load, clients)
    assert load.lost == []
    written = [json.loads(line) for line in server.access.splitlines() if line.startswith("{")]
    assert sum(line["code"] == "OK" for line in written) >= load.answered
    assert not helper.is_running()


@pytest.fixture
def small_disk(tmp_path, monkeypatch):
    """A file system of 20 MB for temporary files; without root, the folder of the test."""
    place = tmp_path / "small"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(place)], check=False).returncode
    yield None if mounted else place
    if not mounted:
        subprocess.run(["umount", str(place)], check=True)


def fill(place):
    with pytest.raises(OSError, match="No space left"), (place / "full").open("wb", buffering=0) as file:  # noqa: PT012
        while True:
            file.write(b"x" * 4096)


# What a worker says that cannot share its metrics.
OWN = "the metrics of this process are its own"


def test_worker_that_is_killed_under_load_on_a_full_disk_gives_no_wrong_answer(tmp_path, mixed_model, small_disk):
    with started(tmp_path, "--model", f"m={mixed_model}", "--workers", "2", forked=True) as server:
        server.wait_until_ready()
        load, is_full = Load(server, is_patient=True), small_disk is not None
        if is_full:
            fill(small_disk)
        with ThreadPoolExecutor(8) as threads:
            clients = [threads.submit(load.rpc if number % 4 == 0 else load.rest) for number in range(8)]
            assert load.asked.wait(60)
            killed = server.workers()[0]
            killed.kill()
            # The worker in its place says at its start what it lacks; one that ends before has said nothing.
            while killed in server.workers() or len(server.workers()) < 2 or (OWN in server.errors) != is_full:
                assert server.process.poll() is None
                time.sleep(0.05)
            load.end_patience()
            load.asked.clear()
            ended_under_load(server, load, clients)
        assert load.lost == []
        assert "SIGBUS" not in server.errors
        assert (OWN in server.errors) == is_full
