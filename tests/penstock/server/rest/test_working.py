import asyncio
import threading

from penstock.server.rest.working import Worker


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
