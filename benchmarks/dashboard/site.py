"""The dashboard of a project as a process of its own, and what it has used of the processor."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from benchmarks.measuring import plain_environment
from benchmarks.systems import PROJECT
from penstock.core.errors import NodeError

_STARTED = re.compile(r"The dashboard is at (http://\S+)\.\n")


@contextmanager
def started(folder: Path, *options: str) -> "Iterator[tuple[subprocess.Popen[bytes], str]]":
    """Start `penstock dashboard` for the project in a folder, and yield its process and its URL.

    Raises:
        NodeError: It ended before it answered.
    """
    command = [sys.executable, "-m", "pipeline.cli.main", "dashboard", "--port", "0", *options]
    output = folder / "out"
    with output.open("w") as out:
        process = subprocess.Popen(
            [*command, "--config", str(folder / "pipeline.toml")],
            env=plain_environment(PYTHONPATH=str(PROJECT)),
            stdout=out,
            stderr=out,
        )
    try:
        while not (found := _STARTED.match(output.read_text())):
            if process.poll() is not None:
                raise NodeError("penstock dashboard", "an address", output.read_text(), "correct that")
            time.sleep(0.05)
        yield process, found[1]
    finally:
        process.terminate()
        process.wait(600)


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and of those below it in seconds, to a hundredth."""
    process = psutil.Process(pid)
    found = 0.0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # it has just ended, and its time is one of its parent's children
            used = each.cpu_times()
            found += used.user + used.system + used.children_user + used.children_system
    return found
