import asyncio
import threading

from penstock.server.rest.working import Worker
from penstock.server.rpc.tracing import REQUEST_ID


def test_short_work_is_done_here_and_long_work_in_a_thread():
    worker = Worker()

    def name(prefix, *, suffix):
        return prefix + threading.current_thread().name + suffix

    async def both():
        return [await worker.run(size, name, "<", suffix=">") for size in (Worker.LARGE, Worker.LARGE + 1)]

    here, there = asyncio.run(both())
    worker.close()
    assert here == "<MainThread>"
    assert there.startswith("<rest_")


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
