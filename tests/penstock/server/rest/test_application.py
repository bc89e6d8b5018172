import asyncio
import gzip
import json

import pytest

from tests.penstock.server.rest.cases import CASES, ECHO, PATHS, PREDICT, check, name_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", PATHS, ids=name_of)
def test_a_path_is_answered_as_by_tensorflow_serving(call, case):
    check(call, case)


def test_the_table_has_enough_cases_and_none_twice():
    assert len(CASES) >= 100
    assert len({case[:3] for case in CASES}) == len(CASES)


def test_an_answer_names_its_version_and_its_type(call):
    reply = call("POST", "/v1/models/mixed/labels/stable:predict", '{"signature_name":"half","instances":[1]}')
    assert reply.headers == {
        "content-type": "application/json",
        "content-length": str(len(reply.body)),
        "x-penstock-version": "1",
    }
    assert reply.scope["penstock"] == {"model": "mixed", "method": "predict", "code": 0, "version": "1"}


def test_a_failed_request_is_recorded_with_its_code(call):
    assert call("POST", "/v1/models/none:predict", '{"instances":[1]}').scope["penstock"]["code"] == 5


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", "identity, gzip"])
def test_a_gzip_body_is_decompressed(call, encoding):
    reply = call("POST", PREDICT, gzip.compress(b'{"instances":[1]}'), content_encoding=encoding)
    assert json.loads(reply.body) == {"predictions": [1.0]}


def test_a_broken_gzip_body_is_refused(call):
    reply = call("POST", PREDICT, gzip.compress(b'{"instances":[1]}')[:-9], content_encoding="gzip")
    assert reply.status == 400
    assert "The body is not valid gzip" in reply.text


def test_a_body_that_grows_beyond_the_limit_is_refused(call_with):
    bomb = gzip.compress(b" " * 2_000_000)
    reply = call_with(max_body=100_000)("POST", PREDICT, bomb, content_encoding="gzip")
    assert (reply.status, reply.headers["connection"]) == (413, "close")
    assert json.loads(reply.body) == {"error": "The body has more than 100000 bytes, the limit of this server."}


@pytest.mark.parametrize("headers", [{}, {"content_length": "101"}])
def test_a_body_over_the_limit_is_refused(call_with, headers):
    assert call_with(max_body=100)("POST", PREDICT, b" " * 101, **headers).status == 413


@pytest.mark.parametrize("packed", [False, True])
def test_bodies_together_over_the_limit_are_refused_until_others_are_answered(call_with, packed):
    caller = call_with(max_bodies=120)
    body = b'{"instances":[1]}'.ljust(100)
    asked = (gzip.compress(body), {"content_encoding": "gzip"}) if packed else (body, {})
    arrived, release = asyncio.Event(), asyncio.Event()

    async def slow():
        """Send half of a body, and the rest when the others have been answered."""
        pieces = [(body[:50], True), (body[50:], False)]

        async def receive():
            piece, more = pieces.pop(0)
            if not more:
                arrived.set()
                await release.wait()
            return {"type": "http.request", "body": piece, "more_body": more}

        return await caller.answer_to("POST", PREDICT, {}, receive)

    async def together():
        waiting = asyncio.create_task(slow())
        await arrived.wait()
        refused = await caller.answer("POST", PREDICT, *asked)
        small = await caller.answer("POST", PREDICT, b'{"instances":[1]}', {})
        release.set()
        return refused, small, await waiting, await caller.answer("POST", PREDICT, body, {})

    refused, *answered = asyncio.run(together())
    assert (refused.status, refused.headers["retry-after"], refused.headers["connection"]) == (429, "1", "close")
    assert json.loads(refused.body) == {"error": "The server reads bodies of 120 bytes already; try again later."}
    assert refused.scope["penstock"]["code"] == 8
    assert [each.status for each in answered] == [200, 200, 200]


def test_large_bodies_are_read_and_written_in_other_threads(call):
    count = 200_000
    reply = call("POST", PREDICT, json.dumps({"instances": [0.5] * count}))
    assert json.loads(reply.body) == {"predictions": [0.5] * count}


def test_cors_headers_are_sent_if_asked_for(call, call_with):
    reply = call_with(cors=True)("POST", PREDICT, '{"instances":[1]}')
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["access-control-allow-methods"] == "POST, GET"
    assert reply.headers["access-control-allow-headers"] == "Content-Type"
    assert "access-control-allow-origin" not in call("POST", PREDICT, '{"instances":[1]}').headers
    assert call_with(cors=True)("POST", PREDICT, "").headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", [PREDICT, "/v2/models/echo/infer"])
def test_a_preflight_of_a_page_is_answered(call, path):
    assert call("OPTIONS", path, origin="http://page").status == 200
    assert call("OPTIONS", path, origin="null").status == 400


@pytest.mark.parametrize("prefix", ["/a/b", "/a/b/"])
def test_a_prefix_is_part_of_every_path(call_with, prefix):
    caller = call_with(prefix=prefix)
    assert caller("POST", f"/a/b{PREDICT}", '{"instances":[1]}').status == 200
    assert caller("GET", "/a/b/v2/models/echo").status == 200
    assert caller("GET", "/a/b/openapi.json").status == 200
    assert caller("GET", ECHO).status == 404
    assert caller("GET", "/a/b/v1/models/echo:x").text == '{"error":"Malformed request: GET /v1/models/echo:x"}'
    assert caller("GET", "/livez").status == 200


def test_metrics_are_those_of_the_callable(call_with):
    reply = call_with(metrics=lambda: b"a 1\n")("GET", "/monitoring/prometheus/metrics")
    assert (reply.body, reply.headers["content-type"]) == (b"a 1\n", "text/plain")


def test_liveness_and_readiness_have_paths_of_their_own(call, call_with):
    assert [call("GET", path).status for path in ("/livez", "/readyz", "/v2/health/live", "/v2/health/ready")] == [
        200
    ] * 4
    caller = call_with(live=lambda: True, ready=lambda: False, live_path="/l", ready_path="/r")
    statuses = [caller("GET", path).status for path in ("/l", "/r", "/v2/health/live", "/v2/health/ready")]
    assert statuses == [200, 503, 200, 503]
    assert call_with(live=lambda: False)("GET", "/livez").status == 503


def test_a_fault_of_the_server_is_one_error_without_details(models, call_with, caplog):
    def fail():
        raise RuntimeError("secret")

    reply = call_with(metrics=fail)("GET", "/monitoring/prometheus/metrics")
    assert reply.status == 500
    assert "secret" not in reply.text
    assert "secret" in caplog.text


def test_a_head_request_has_no_body(call):
    assert call("HEAD", "/v2/models/echo").body == b""
    assert call("HEAD", ECHO).status == 400
