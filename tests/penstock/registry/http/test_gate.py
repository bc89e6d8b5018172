"""What each request passes: its id, the limits, the access log and the metrics."""

import asyncio
import json
import logging
import re
import socket
import time

import pytest

from penstock.registry.http.app import create_app
from penstock.registry.http.bounds import Limits
from penstock.registry.http.gate import Gate
from penstock.registry.http.logs import ACCESS
from penstock.registry.http.metrics import Metrics
from tests.registry_server import serving


@pytest.fixture
def place():
    return "sqlite"


@pytest.mark.parametrize(
    ("given", "kept"), [("abc.D-1_2", True), ("a" * 64, True), ("a" * 65, False), ("a b", False), ("é", False)]
)
def test_request_id_is_kept_if_it_is_a_word(http, given, kept):
    found = http.get("/health", headers={"X-Request-ID": given.encode()}).headers["x-request-id"]
    assert found == given if kept else re.fullmatch("[0-9a-f]{32}", found)


def test_access_log_has_the_template_and_the_actor_and_no_secret(http, token, caplog, model):
    headers = token("read", name="eve")
    with caplog.at_level(logging.INFO, ACCESS.name):
        http.get("/api/experiments/all?where=metric.secret>1", headers={**headers, "X-Request-ID": "one"})
        http.get(f"/api/models/id/{model.id}")
        http.get("/api/secret?a=b")
        # A line is written after the answer.
        for _ in range(600):
            lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == ACCESS.name]
            if len(lines) == 3:
                break
            time.sleep(0.1)
    assert [(line["route"], line["status"], line["actor"]) for line in lines] == [
        ("/api/experiments/all", 200, "eve"),
        ("/api/models/id/{id}", 200, "-"),
        ("-", 404, "-"),
    ]
    assert lines[0]["id"] == "one"
    assert lines[0].keys() == {"time", "id", "method", "route", "status", "milliseconds", "actor"}
    assert "secret" not in caplog.text
    assert headers["Authorization"].removeprefix("Bearer ") not in caplog.text


@pytest.mark.slow
def test_too_many_requests_of_one_client_are_refused_until_the_minute_is_over(registry, token):
    busy = token("read", name="busy")
    with serving(create_app(registry, limits=Limits(rate=3))) as http:
        answers = [http.get("/api/projects/all", headers=busy) for _ in range(9)]
        assert answers[0].status_code == 200
        # Three at least, though a minute may end among the nine.
        late = [answer for answer in answers if answer.status_code == 429]
        assert len(late) >= 3
        assert 1 <= int(late[0].headers["retry-after"]) <= 60
        assert http.get("/api/projects/all").status_code == 200, "another client"
        assert http.get("/health", headers=busy).status_code == 200


@pytest.mark.slow
def test_address_that_guesses_tokens_is_refused(registry):
    with serving(create_app(registry, limits=Limits(refusals=3))) as http:
        guesses = [{"Authorization": f"Bearer penstock_{number}"} for number in range(9)]
        statuses = [http.get("/api/projects/all", headers=each).status_code for each in guesses]
    assert statuses[0] == 401
    assert statuses.count(429) >= 3


def test_request_that_is_cancelled_by_the_end_of_the_server_is_answered_as_unavailable(caplog):
    async def hanging(scope, receive, send):
        await asyncio.Event().wait()

    async def ask():
        sent = []

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/api/projects/all", "headers": []}
        waiting = asyncio.create_task(Gate(hanging, Limits(), Metrics())(scope, None, send))
        await asyncio.sleep(0)
        waiting.cancel()
        await waiting
        return sent

    with caplog.at_level(logging.INFO, ACCESS.name):
        start, body = asyncio.run(ask())
    assert (start["status"], dict(start["headers"])[b"connection"]) == (503, b"close")
    assert json.loads(body["body"])["error"]["next_step"] == "send the request again"
    assert json.loads(caplog.records[-1].getMessage())["status"] == 503


def test_too_many_headers_are_refused(http):
    many = [(f"x-{number}", "1") for number in range(101)]
    answer = http.get("/health", headers=many)
    assert (answer.status_code, answer.json()["error"]["what"]) == (431, "the headers")


@pytest.mark.slow
def test_body_that_does_not_arrive_in_time_is_refused(registry, token):
    head = "POST /api/projects HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
    request = f"{head}Authorization: {token('write')['Authorization']}\r\n\r\n{{".encode()
    with (
        serving(create_app(registry, limits=Limits(body_seconds=0.2))) as http,
        socket.create_connection((http.base_url.host, http.base_url.port)) as slow,
    ):
        slow.sendall(request)
        assert slow.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_failure_of_the_server_is_one_answer_without_its_reason(caplog):
    async def fails(scope, receive, send):
        raise RuntimeError("secret")

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/x", "headers": [], "client": ("127.0.0.1", 1)}
    asyncio.run(Gate(fails, Limits(), Metrics())(scope, None, send))
    assert sent[0]["status"] == 500
    assert b"secret" not in sent[1]["body"]
    assert "secret" in caplog.text
