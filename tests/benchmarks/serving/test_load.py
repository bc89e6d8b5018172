"""The load of the benchmark of the prediction server, on a server of the test."""

import asyncio
import base64
import json
import subprocess
import sys
from dataclasses import asdict

import pytest

from benchmarks.serving.load import Load, Measured, over_http

ANSWERS = {b"good": (200, b"{}"), b"bad": (400, b"no")}


async def answer(reader, writer):
    while head := await reader.readuntil(b"\r\n\r\n"):
        assert head.startswith(b"POST /v1/models/m:predict HTTP/1.1\r\n")
        body = await reader.readexactly(int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]))
        status, content = ANSWERS[body]
        writer.write(b"HTTP/1.1 %d x\r\ncontent-length: %d\r\n\r\n%s" % (status, len(content), content))


@pytest.mark.parametrize(("body", "failure"), [(b"good", ""), (b"bad", "no")])
def test_answers_are_counted_and_failures_are_kept(body, failure):
    async def measure():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/v1/models/m:predict"
        return await over_http(Load(url, base64.b64encode(body).decode(), 2, 0.05, warm=0.0))

    summary = asyncio.run(measure()).summary()
    assert summary["failure"] == failure
    assert bool(summary["requests"]) is not bool(failure)
    assert bool(summary["failed"]) is bool(failure)


def test_summary_has_the_rate_the_median_and_the_slowest_percent():
    summary = Measured([0.1] * 98 + [0.5, 0.9], failed=["x"], begin=1.0, end=11.0).summary()
    assert (summary["per_second"], summary["median"], summary["p99"], summary["failed"]) == (10.0, 0.1, 0.9, 1)
    assert Measured().summary()["per_second"] == 0.0


def test_load_runs_as_a_program_that_reads_and_writes_json():
    load = Load("http://127.0.0.1:1/x", "", 0, 0.0, warm=0.0)
    command = [sys.executable, "-m", "benchmarks.serving.load"]
    ran = subprocess.run(command, input=json.dumps(asdict(load)), capture_output=True, text=True)
    assert json.loads(ran.stdout)["requests"] == 0, ran.stderr
