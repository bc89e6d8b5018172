"""Work in another process: its result, its errors, its end, and that of this process."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

from penstock.server.errors import Code, ServingError
from penstock.server.rest.json import requests
from penstock.server.rest.large.helper import Helper


@pytest.fixture
def helper():
    made = Helper()
    yield made
    made.close()


def test_result_comes_from_one_other_process(helper):
    async def both():
        return [await helper.run(os.getpid) for _ in range(2)]

    first, second = asyncio.run(both())
    assert first == second != os.getpid()
    helper.close()
    assert asyncio.run(helper.run(os.getpid)) != first


def test_errors_are_those_of_the_work(helper):
    with pytest.raises(ServingError, match="Missing 'inputs' or 'instances' key") as refused:
        asyncio.run(helper.run(_tensors, b"{}"))
    assert refused.value.code is Code.INVALID_ARGUMENT
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        asyncio.run(helper.run(divmod, 1, 0))
    assert asyncio.run(helper.run(divmod, 5, 3)) == (1, 2)


def _tensors(body):
    return requests.ExactRequest.of(body).tensors({"x": None})


def test_process_that_is_killed_is_one_error_and_then_replaced(helper):
    pid = asyncio.run(helper.run(os.getpid))

    async def kill():
        work = asyncio.ensure_future(helper.run(time.sleep, 60))
        await asyncio.sleep(0)
        os.kill(pid, signal.SIGKILL)
        await work

    with pytest.raises(ServingError, match="has ended, perhaps because of a lack of memory") as refused:
        asyncio.run(kill())
    assert refused.value.code is Code.UNAVAILABLE
    assert asyncio.run(helper.run(os.getpid)) != pid


def test_work_for_which_nobody_waits_is_ended(helper):
    async def leave():
        pid = await helper.run(os.getpid)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await helper.run(time.sleep, 60)
        return pid, await helper.run(os.getpid)

    first, second = asyncio.run(leave())
    assert first != second
    while psutil.pid_exists(first):
        time.sleep(0.01)


def test_process_that_cannot_be_started_is_one_error(helper, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/none")
    with pytest.raises(ServingError, match="has ended") as refused:
        asyncio.run(helper.run(os.getpid))
    assert refused.value.code is Code.UNAVAILABLE


LEFT = """
import asyncio, os, time
from penstock.server.rest.large.helper import Helper
async def main():
    helper = Helper()
    print(await helper.run(os.getpid), flush=True)
    await helper.run(time.sleep, 60)
asyncio.run(main())
"""


def test_process_ends_with_the_one_that_started_it():
    with subprocess.Popen([sys.executable, "-c", LEFT], stdout=subprocess.PIPE, text=True) as process:
        pid = int(re.fullmatch(r"(\d+)\n", process.stdout.readline())[1])
        process.kill()
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
