import asyncio
import os
import threading

from penstock.server.rest.working import Worker
from penstock.server.rpc.tracing import REQUEST_ID


def place(prefix, *, suffix):
    return prefix + threading.current_thread().name + suffix, os.getpid()


def test_short_work_is_done_here_long_work_in_a_thread_and_huge_work_in_a_process():
    worker = Worker()
    sizes = (Worker.LARGE, Worker.LARGE + 1, Worker.HUGE, Worker.HUGE + 1)

    async def all_sizes():
        return [await worker.run(size, place, "<", suffix=">") for size in sizes]

    here, there, still, other = asyncio.run(all_sizes())
    worker.close()
    assert here == ("<MainThread>", os.getpid())
    assert there[0].startswith("<rest_")
    assert still[0].startswith("<rest_")
    assert other[1] != os.getpid()


def test_thread_has_the_id_of_the_request():
    worker = Worker()

    async def ask(number):
        REQUEST_ID.set(f"id-{number}")
        return await worker.run_blocking(REQUEST_ID.get)

    async def both():
        return await asyncio.gather(*(asyncio.create_task(ask(number)) for number in range(3)))

    found = asyncio.run(both())
    worker.close()
    assert found == ["id-0", "id-1", "id-2"]
