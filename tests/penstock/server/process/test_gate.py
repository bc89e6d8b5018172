"""The gate around an application of the test, in an event loop."""

import asyncio
import hashlib
import json
import os

import pytest

from penstock.server.errors import Code
from penstock.server.process.gate import Gate
from penstock.server.process.logs import AccessLog
from penstock.server.process.options import Limits

TOKEN = "a-token-of-the-tests"
HASHES = {hashlib.sha256(TOKEN.encode()).digest()}
PREDICT = "/v1/models/m:predict"


class Counted:
    """What the gate needs of the metrics."""

    def __init__(self):
        self.answers, self.shown = [], []

    def in_flight(self, protocol, count):
        self.shown.append((protocol, count))

    def answered(self, kind, seconds):
        self.answers.append(tuple(kind))


class Asked:
    """A gate, what it counts, and what it logs."""

    def __init__(self, app, limits=None, hashes=(), opened=True):
        self.metrics, (self._read, write) = Counted(), os.pipe()
        self.gate = Gate(limits or Limits(), hashes, self.metrics, AccessLog(descriptor=write))
        self._write = write
        if opened:
            self.gate.open(app)

    async def ask(self, path=PREDICT, headers=(), parts=(b"{}",)):
        sent, left = [], list(parts)
        scope = {"type": "http", "method": "POST", "path": path, "client": ("1.2.3.4", 5)}
        scope["headers"] = [(name.encode(), value.encode()) for name, value in headers]

        async def receive():
            if not left:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or parts[-1] == b"..."}

        async def send(message):
            sent.append(message)

        await self.gate(scope, receive, send)
        headers = dict(sent[0]["headers"])
        return sent[0]["status"], {name.decode(): value.decode() for name, value in headers.items()}, sent[1]["body"]

    def log(self):
        os.close(self._write)
        with os.fdopen(self._read) as lines:
            return [json.loads(line) for line in lines]


async def answering(scope, receive, send):
    while (await receive())["more_body"]:
        pass
    scope["penstock"].update(model="m", method="predict", version="7", code=Code.OK)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"x")]})
    await send({"type": "http.response.body", "body": b"answer"})


async def hanging(scope, receive, send):
    while (await receive())["more_body"]:
        pass
    await asyncio.Event().wait()


async def failing(scope, receive, send):
    raise ZeroDivisionError


def test_request_is_answered_counted_and_logged():
    asked = Asked(answering)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    status, headers, body = asyncio.run(asked.ask(headers=[("x-request-id", "mine-1"), ("traceparent", trace)]))
    assert (status, headers["x-request-id"], body) == (200, "mine-1", b"answer")
    assert asked.metrics.answers == [("REST", "predict", "m", "7", "OK")]
    [line] = asked.log()
    del line["time"], line["seconds"]
    assert line == {
        **{"id": "mine-1", "protocol": "REST", "client": "1.2.3.4", "method": "POST", "path": PREDICT, "status": 200},
        **{"code": "OK", "model": "m", "version": "7", "bytes": 6, "trace": trace},
    }


@pytest.mark.parametrize("given", ["", "with a space", "x" * 129, "line\nfeed"])
def test_id_that_cannot_be_passed_on_is_replaced(given):
    _, headers, _ = asyncio.run(Asked(answering).ask(headers=[("x-request-id", given)]))
    assert len(headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("authorization", f"Bearer {TOKEN}")], 200),
        ([("authorization", f"bearer {TOKEN}")], 200),
        ([], 401),
        ([("authorization", f"Bearer {TOKEN}x")], 401),
        ([("authorization", f"Basic {TOKEN}")], 401),
    ],
)
def test_request_needs_a_token_if_there_are_any(headers, status):
    asked = Asked(answering, hashes=HASHES)
    found, answer, body = asyncio.run(asked.ask(headers=headers))
    assert found == status
    assert (status == 401) == ("www-authenticate" in answer)
    assert TOKEN.encode() not in body


def test_probe_needs_no_token_and_is_not_counted():
    asked = Asked(answering, hashes=HASHES)
    assert asyncio.run(asked.ask("/livez"))[0] == 200
    assert asked.metrics.answers == asked.log() == []


def test_requests_above_the_limit_are_refused_until_others_are_answered():
    async def ask():
        first = [asyncio.create_task(asked.ask()) for _ in range(2)]
        await asyncio.sleep(0)
        asked.gate.show()
        refused = await asked.ask()
        for task in first:
            task.cancel()
        await asyncio.gather(*first, return_exceptions=True)
        asked.gate.open(answering)
        return refused, await asked.ask()

    asked = Asked(hanging, Limits(concurrency=2))
    (status, headers, body), after = asyncio.run(ask())
    assert (status, headers["retry-after"]) == (429, "1")
    assert json.loads(body) == {"error": "The server answers 2 requests already; try again later."}
    assert after[0] == 200
    asked.gate.show()
    assert asked.metrics.shown == [("REST", 2), ("REST", 0)]


@pytest.mark.parametrize(
    ("app", "parts", "status", "text", "code"),
    [
        (hanging, (b"{}",), 504, "There was no answer within 0.01 s.", "DEADLINE_EXCEEDED"),
        (answering, (b"{", b"..."), 408, "The body did not arrive within 0.01 s.", "UNKNOWN"),
        (failing, (b"{}",), 500, "The server failed at this request; its log has the reason.", "INTERNAL"),
    ],
)
def test_request_that_is_not_answered_in_time_or_fails_gets_a_status(app, parts, status, text, code):
    asked = Asked(app, Limits(seconds=0.01))
    found, _, body = asyncio.run(asked.ask(parts=parts))
    assert (found, json.loads(body)) == (status, {"error": text})
    assert asked.metrics.answers[0][-1] == code
    assert asked.log()[0]["status"] == status


def test_request_that_is_cancelled_by_the_end_of_the_server_may_be_repeated():
    async def ask():
        asked = Asked(hanging)
        waiting = asyncio.create_task(asked.ask())
        await asyncio.sleep(0)
        waiting.cancel()
        return asked, await waiting

    asked, (status, headers, body) = asyncio.run(ask())
    assert (status, headers["retry-after"], headers["connection"]) == (503, "1", "close")
    assert json.loads(body) == {"error": "The server was stopped before this request was answered."}
    assert asked.metrics.answers[0][-1] == "UNAVAILABLE"


@pytest.mark.parametrize(("path", "status"), [("/livez", 200), ("/v2/health/live", 200), ("/readyz", 503)])
def test_process_lives_and_is_not_ready_while_it_loads(path, status):
    assert asyncio.run(Asked(answering, opened=False).ask(path))[0] == status


def test_request_waits_while_the_models_are_loaded():
    async def ask():
        waiting = asyncio.create_task(asked.ask())
        await asyncio.sleep(0)
        asked.gate.open(answering)
        return await waiting

    asked = Asked(answering, opened=False)
    assert asyncio.run(ask())[0] == 200
    late = Asked(answering, Limits(seconds=0.01), opened=False)
    assert asyncio.run(late.ask())[0] == 503
