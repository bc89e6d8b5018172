"""Runs work of Python where it delays other requests least: here, in threads, or in another process."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from penstock.server.rest.large.process import LargeProcess

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Worker:
    """Threads for long work, and a process for what would hold up the threads too."""

    # Bytes of JSON that take about a millisecond.
    LARGE = 1 << 17
    # Bytes of JSON that take tens of milliseconds, in which a parser lets no other thread run.
    HUGE = 1 << 20

    def __init__(self, threads: int = 4) -> None:
        """Make a worker; its threads and its process start with the first work for them."""
        self._pool = ThreadPoolExecutor(threads, "rest")
        self._large = LargeProcess()

    async def run(
        self, weight: int, work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """Return the result of work, a function of a module; `weight` is the size of a body that takes as long to read.

        Raises:
            ServingError: The process for huge work has ended.
        """
        if weight <= self.LARGE:
            return work(*args, **kwargs)
        if weight > self.HUGE:
            return await self._large.run(work, *args, **kwargs)
        return await self.run_blocking(work, *args, **kwargs)

    async def run_blocking(
        self, work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """Return the result of work that waits or takes long."""
        # The thread works on the same request: what it copies of it has the same id.
        run = contextvars.copy_context().run
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: run(work, *args, **kwargs))

    def close(self) -> None:
        """End the threads and the process."""
        self._pool.shutdown(wait=False)
        self._large.close()
