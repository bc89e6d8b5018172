"""A process next to that of the server, for work that would hold up the other requests."""

import asyncio
import fcntl
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import FileIO
from typing import Any, ParamSpec, TypeVar

from penstock.core.process import end_with_parent
from penstock.server.errors import Code, ServingError
from penstock.server.models.memory import give_back
from penstock.server.rest.large import frames

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_LOG = logging.getLogger(__name__)
# A pipe takes 64 KiB at once by default; each piece costs a turn of the threads.
_PIPE_BYTES = 1 << 20
_NOT_STARTED = "The process for large bodies cannot be started now; try again later."
_ENDED = "The process for large bodies has ended, perhaps because of a lack of memory; try again later."


class LargeProcess:
    """A process that does one piece of work at a time; it starts with the first one."""

    def __init__(self) -> None:
        """Make it; no process runs yet."""
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "large")
        self._process: subprocess.Popen[bytes] | None = None

    async def run(
        self, work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """Return the result of work, a function of a module; if nobody waits any more, the process is ended.

        Raises:
            ServingError: The process cannot be started, or has ended.
            Exception: What the work raised.
        """
        async with self._turn:
            process = self._started()
            loop = asyncio.get_running_loop()
            try:
                done, found = await loop.run_in_executor(self._thread, _ask, process, (work, args, kwargs))
            except (OSError, frames.EndedError) as error:
                self._kill()
                raise ServingError(Code.UNAVAILABLE, _ENDED) from error
            except BaseException:
                self._kill()
                raise
        if not done:
            raise found
        result: Result = found
        return result

    def close(self) -> None:
        """End the process."""
        if (process := self._kill()) is not None:
            process.wait()

    def _kill(self) -> "subprocess.Popen[bytes] | None":
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            # Its memory may take a while to be freed.
            threading.Thread(target=process.wait, daemon=True).start()
        return process

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            # This is called in the main thread, with which the process ends.
            command = [sys.executable, "-m", __name__, str(os.getpid())]
            try:
                pipe = subprocess.PIPE
                self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, bufsize=0)
            except OSError as error:
                _LOG.warning("the process for large bodies cannot be started: %s", error)
                raise ServingError(Code.UNAVAILABLE, _NOT_STARTED) from error
            for each in (self._process.stdin, self._process.stdout):
                _widen(each)
        return self._process


def _ask(process: Any, question: tuple[Any, ...]) -> tuple[bool, Any]:
    frames.send(process.stdin, question)
    answer: tuple[bool, Any] = frames.receive(process.stdout)
    return answer


def _widen(stream: Any) -> None:
    set_size = getattr(fcntl, "F_SETPIPE_SZ", None)  # of Linux
    if set_size is not None:
        try:
            fcntl.fcntl(stream, set_size, _PIPE_BYTES)
        except OSError:
            _LOG.debug("this user may not have a larger pipe")


def main(parent: int) -> None:
    """Do the work that arrives on standard input, until it ends."""
    end_with_parent(parent)
    # Ctrl-C reaches every process; the server ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # values of JSON have no cycles, and a collection looks at each of them
    with FileIO(0, "rb") as questions, FileIO(os.dup(1), "wb") as answers, suppress(frames.EndedError, OSError):
        os.dup2(2, 1)  # what a library prints is no answer
        while True:
            frames.send(answers, _answer(frames.receive(questions)))
            give_back()


def _answer(question: tuple[Any, ...]) -> tuple[bool, Any]:
    work, args, kwargs = question
    try:
        return True, work(*args, **kwargs)
    except ServingError as error:
        return False, error.with_traceback(None)
    except MemoryError:
        return False, ServingError(Code.RESOURCE_EXHAUSTED, "The server has not enough memory for the request.")
    except Exception as error:
        _LOG.exception("a large body cannot be read")
        return False, RuntimeError(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
