"""Runs work of Python where it delays other requests least: short work here, long work in threads."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Worker:
    """A few threads for long work."""

    # Bytes of JSON that take about a millisecond.
    LARGE = 1 << 17

    def __init__(self, threads: int = 4) -> None:
        """Make a worker; its threads start with the first long work."""
        self._pool = ThreadPoolExecutor(threads, "rest")

    async def run(
        self, weight: int, work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """Return the result of work; `weight` is the size of the body that takes as long to read."""
        if weight <= self.LARGE:
            return work(*args, **kwargs)
        return await self.run_blocking(work, *args, **kwargs)

    async def run_blocking(
        self, work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """Return the result of work that waits or takes long."""
        # The thread works on the same request: what it copies of it has the same id.
        run = contextvars.copy_context().run
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: run(work, *args, **kwargs))

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False)
