"""Wall time, processor time and memory of a process, measured from outside."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from filelock import FileLock

SAMPLE_SECONDS = 0.05
# Finding new processes reads all of the machine's; the memory of a known one is one small file.
_SAMPLES_PER_LOOK = 5


@dataclass(frozen=True)
class Measured:
    """Resources that one process and its descendants used.

    Attributes:
        code: Exit code; negative for a signal.
        began: Start time in seconds since 1970.
        seconds: Wall time from start to end.
        cpu_seconds: Processor time of the process and of its children.
        peak_rss: Peak of the sum over all its processes in bytes, by sampling; shared pages count in each.
        peak_rss_of_one: Peak of the largest process in bytes, from the kernel.
        first_child: Seconds until it started a child process; None if none was seen.
        load: One-minute load average of the machine before the start.
    """

    code: int
    began: float
    seconds: float
    cpu_seconds: float
    peak_rss: int
    peak_rss_of_one: int
    first_child: float | None
    load: float


@dataclass(frozen=True)
class Command:
    """A command: its arguments, working folder, environment, and the files of its two streams."""

    words: Sequence[str]
    folder: Path
    environment: dict[str, str]
    output: Path
    log: Path


def plain_environment(**more: str) -> dict[str, str]:
    """Return the environment of every measured process, with nothing of the caller's that could change a run."""
    # On import the template asks for the cloud project; offline that would take seconds.
    fixed = {"PATH": os.defpath, "HOME": str(Path.home()), "LANG": "C.UTF-8", "NO_GCE_CHECK": "true"}
    return {**fixed, **more}


def measure(command: Command) -> Measured:
    """Run a command to its end and return the resources that it used."""
    with command.output.open("wb") as output, command.log.open("wb") as log:
        os.sync()  # so that the writes of an earlier process do not reach the disk during this one
        load = os.getloadavg()[0]
        began, clock = time.time(), time.monotonic()
        process = subprocess.Popen(
            command.words,
            cwd=command.folder,
            env=command.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=log,
            start_new_session=True,
        )
        try:
            with _Memory(process.pid) as memory:
                _, status, usage = os.wait4(process.pid, 0)
                seconds = time.monotonic() - clock
        except BaseException:
            with suppress(ProcessLookupError):  # it has just ended
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
    return Measured(
        code=process.returncode,
        began=began,
        seconds=seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_rss=memory.peak,
        peak_rss_of_one=usage.ru_maxrss * 1024,
        first_child=max(0.0, memory.first_child - began) if memory.first_child else None,
        load=load,
    )


@contextmanager
def exclusive(lock: Path | None) -> Iterator[None]:
    """Hold a file's lock, so that measurements on a shared machine do not overlap."""
    if lock is None:
        yield
        return
    with FileLock(lock):
        yield


class _Memory:
    """Samples the memory of a process and of all below it, in a thread, as a context manager."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self.first_child: float | None = None
        self._root = psutil.Process(pid)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "_Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        count, processes = 0, [self._root]
        while not self._done.is_set():
            if count % _SAMPLES_PER_LOOK == 0:
                processes = self._look()
            self.peak = max(self.peak, sum(map(_rss, processes)))
            count += 1
            self._done.wait(SAMPLE_SECONDS)

    def _look(self) -> list[psutil.Process]:
        try:
            below = self._root.children(recursive=True)
            if below and self.first_child is None:
                self.first_child = min(process.create_time() for process in below)
        except psutil.Error:
            return [self._root]
        return [self._root, *below]


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
