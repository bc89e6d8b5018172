"""A process of the server without the one that starts it."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.small_models import save_models

PROJECT = Path(__file__).resolve().parents[4]
ANSWER = """
import os, sys
from pathlib import Path
from penstock.http.listening import listening
from penstock.server.process import answering
from penstock.server.models.config import ModelConfig
from penstock.server.process.answering import answer
from penstock.server.process.metrics import Metrics
from penstock.server.process.options import Serving
from penstock.server.process.starting import Process

folder, taken = Path(sys.argv[1]), listening("127.0.0.1", 0)
serving = Serving([ModelConfig("m", folder)])
opened = listening("127.0.0.1", 0)
if sys.argv[2] == "for a while":
    answering.GRACE_SECONDS, grpc = 1, None
    print(opened.getsockname()[1], flush=True)
    wanted = lambda: not (folder / "unwanted").exists()
else:
    grpc, wanted = taken.getsockname()[1], lambda: sys.argv[2] == "wanted"
answer(Process(serving, grpc, Metrics(folder)), [opened], wanted)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("is_wanted", "code", "error"),
    [("unwanted", 0, ""), ("wanted", 3, "the server cannot be started")],
)
def test_process_ends_if_nobody_wants_it_or_it_cannot_start(tmp_path, is_wanted, code, error):
    command = [sys.executable, "-c", ANSWER, str(tmp_path), is_wanted]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300)
    assert ran.returncode == code, ran.stderr
    assert error in ran.stderr


@pytest.mark.slow
def test_request_that_takes_longer_than_the_end_of_the_process_gets_a_status_after_which_clients_ask_again(tmp_path):
    save_models(tmp_path, {1: 2.0})
    command = [sys.executable, "-c", ANSWER, str(tmp_path), "for a while"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        address = ("127.0.0.1", int(process.stdout.readline()))
        with socket.create_connection(address, timeout=300) as connection:
            connection.sendall(b"GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n")
            connection.recv(10_000)
            connection.sendall(b'POST /v1/models/m:predict HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"inst')
            (tmp_path / "unwanted").touch()
            with connection.makefile() as answer:
                text = answer.read()
        assert process.wait(300) == 0
    # The end of the first answer may come after its start.
    assert "HTTP/1.1 503 " in text
    assert "\nretry-after: 1\n" in text
    assert text.endswith('{"error":"The server was stopped before this request was answered."}')


WAITING = """
import asyncio, os, socket, sys
from pathlib import Path
import uvloop
from penstock.http.listening import listening
from penstock.server.models.config import ModelConfig
from penstock.server.process.answering import Server, _config
from penstock.server.process.gate import Gate
from penstock.server.process.logs import AccessLog
from penstock.server.process.metrics import Metrics
from penstock.server.process.options import Limits, Serving

async def main():
    opened = listening("127.0.0.1", 0)
    gate = Gate(Limits(), (), Metrics(None), AccessLog(enabled=False))
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})
    gate.open(app)
    async def live():
        pass
    server = Server(_config(Serving([ModelConfig("m", Path(sys.argv[1]))]), gate))
    server.gate, server.config.callback_notify = gate, live
    running = asyncio.create_task(server.serve(sockets=[opened]))  # kept, so that it is not collected
    while not server.started:
        await asyncio.sleep(0.01)
    # The kernel takes the connection; this process has not accepted it when the server begins to end.
    client = socket.create_connection(opened.getsockname(), timeout=60)
    client.sendall(b"GET /v1/models/m HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n")
    await server._end_http([opened])
    print(client.makefile().read(), flush=True)
    os._exit(0)

uvloop.run(main())
"""


@pytest.mark.slow
def test_connection_that_waits_to_be_accepted_when_the_server_ends_is_answered(tmp_path):
    ran = subprocess.run([sys.executable, "-c", WAITING, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("HTTP/1.1 200 ")
    assert "\nconnection: close\n" in ran.stdout


@pytest.mark.slow
def test_limit_of_open_files_is_raised_as_far_as_it_may(tmp_path):
    program = """
import resource
from penstock.server.process.answering import _allow_connections
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 500))
_allow_connections()
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True)
    assert ran.stdout.strip() == "(500, 500)", ran.stderr
