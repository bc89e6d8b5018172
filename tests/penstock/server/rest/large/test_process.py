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
from penstock.server.rest.large.process import LargeProcess


@pytest.fixture
def other():
    made = LargeProcess()
    yield made
    made.close()


@pytest.mark.slow
def test_result_comes_from_one_other_process(other):
    async def both():
        return [await other.run(os.getpid) for _ in range(2)]

    first, second = asyncio.run(both())
    assert first == second != os.getpid()
    other.close()
    assert asyncio.run(other.run(os.getpid)) != first


@pytest.mark.slow
def test_errors_are_those_of_the_work(other):
    with pytest.raises(ServingError, match="Missing 'inputs' or 'instances' key") as refused:
        asyncio.run(other.run(_tensors, b"{}"))
    assert refused.value.code is Code.INVALID_ARGUMENT
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        asyncio.run(other.run(divmod, 1, 0))
    assert asyncio.run(other.run(divmod, 5, 3)) == (1, 2)


def _tensors(body):
    return requests.ExactRequest.of(body).tensors({"x": None})


@pytest.mark.slow
def test_process_that_is_killed_is_one_error_and_then_replaced(other):
    pid = asyncio.run(other.run(os.getpid))

    async def kill():
        work = asyncio.ensure_future(other.run(time.sleep, 60))
        await asyncio.sleep(0)
        os.kill(pid, signal.SIGKILL)
        await work

    with pytest.raises(ServingError, match="has ended, perhaps because of a lack of memory") as refused:
        asyncio.run(kill())
    assert refused.value.code is Code.UNAVAILABLE
    assert asyncio.run(other.run(os.getpid)) != pid


@pytest.mark.slow
def test_work_for_which_nobody_waits_is_ended(other):
    async def leave():
        pid = await other.run(os.getpid)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await other.run(time.sleep, 60)
        return pid, await other.run(os.getpid)

    first, second = asyncio.run(leave())
    assert first != second
    while psutil.pid_exists(first):
        time.sleep(0.01)


def test_process_that_cannot_be_started_is_one_error(other, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/none")
    with pytest.raises(ServingError, match="cannot be started now; try again later") as refused:
        asyncio.run(other.run(os.getpid))
    assert refused.value.code is Code.UNAVAILABLE


LEFT = """
import asyncio, os, time
from penstock.server.rest.large.process import LargeProcess
async def main():
    other = LargeProcess()
    print(await other.run(os.getpid), flush=True)
    await other.run(time.sleep, 60)
asyncio.run(main())
"""


@pytest.mark.slow
def test_process_ends_with_the_one_that_started_it():
    with subprocess.Popen([sys.executable, "-c", LEFT], stdout=subprocess.PIPE, text=True) as process:
        pid = int(re.fullmatch(r"(\d+)\n", process.stdout.readline())[1])
        process.kill()
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
