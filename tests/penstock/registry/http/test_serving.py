"""The server as a process: its end, its memory, its log and its metrics."""

import json
import re
import signal
import socket
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from penstock.core.errors import ConfigError
from penstock.registry import Client
from penstock.registry.client import DatabaseClient
from penstock.registry.documents import TokenBody
from penstock.registry.http.serving import check_reads
from tests.registry_server import started

HUNDRED_MB = 100_000_000
EVERYWHERE = "0.0.0.0"  # noqa: S104


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_request_in_flight_is_answered_before_the_server_ends(tmp_path, stop, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    token = _token(tmp_path)
    with started(tmp_path) as (process, url):
        with Client(url, token) as client:
            client.ping()
        place = urlsplit(url)
        with socket.create_connection((place.hostname, place.port), timeout=600) as slow:
            head = f"POST /api/projects HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            slow.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 16\r\n\r\n{{".encode())
            with Client(url) as client:
                client.ping()
            assert list(tmp_path.glob("penstock-metrics-*"))
            process.send_signal(stop)
            while _listens(place):
                assert process.poll() is None
            slow.sendall(b'"name": "taxi"}')
            assert slow.recv(1000).startswith(b"HTTP/1.1 200 OK")
        assert process.wait(600) == 0
    assert not list(tmp_path.glob("penstock-metrics-*"))
    log = (tmp_path / "access").read_text()
    assert token not in log
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert lines[-1]["actor"] == "node"
    assert (tmp_path / "errors").read_text() == ""
    with DatabaseClient(f"sqlite:///{tmp_path}/registry.sqlite") as registry:
        assert registry.project("taxi")


@pytest.mark.slow
def test_large_bodies_take_no_memory_and_metrics_are_those_of_all_processes(tmp_path):
    headers = {"Authorization": f"Bearer {_token(tmp_path)}", "Content-Type": "application/json"}
    with started(tmp_path, "--workers", "2") as (process, url), httpx.Client(base_url=url, timeout=600) as http:
        assert http.get("/ready").status_code == 200
        before = _memory(process)
        for _ in range(2):
            answer = _post(http, iter([b"x" * 1_000_000] * (HUNDRED_MB // 1_000_000)), headers)
            assert answer in (413, None), "refused, or closed before all of it was sent"
        assert _post(http, b"x" * HUNDRED_MB, headers) in (413, None)
        assert _memory(process) - before < 40_000_000
        for _ in range(20):
            httpx.get(f"{url}/health")
        found = re.search(r'requests_total{method="GET",route="/health",status="200"} (.*)', http.get("/metrics").text)
        assert float(found[1]) == 20


def test_address_that_others_reach_needs_a_decision_about_reads():
    assert check_reads("127.0.0.1", None)
    assert check_reads("::1", "open")
    assert not check_reads(EVERYWHERE, "token")
    for host in (EVERYWHERE, "::", "example.org", ""):
        with pytest.raises(ConfigError, match="add --reads token, or --reads open"):
            check_reads(host, None)


def _token(folder):
    with DatabaseClient(f"sqlite:///{folder}/registry.sqlite", actor="ann") as registry:
        return registry.create_token(TokenBody(name="node", scopes=("write",)))[1]


def _listens(place):
    try:
        socket.create_connection((place.hostname, place.port), timeout=1).close()
    except OSError:
        return False
    return True


def _memory(process):
    return sum(each.memory_info().rss for each in psutil.Process(process.pid).children(recursive=True))


def _post(http, content, headers):
    try:
        return http.post("/api/projects", content=content, headers=headers).status_code
    except httpx.TransportError:
        return None
