"""`penstock serve` as a process, on free ports of loopback."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.pipeline.cli.command import started_with_tensorflow
from tests.pipeline.cli.forked import Started

PROJECT = Path(__file__).resolve().parent.parent
# With the last of its lines, so that none is still to come.
_ADDRESSES = re.compile(r"REST answers at (\S+)/v1/models/\S+\n(?:gRPC answers at (\S+)\n)?Ctrl-C ends it")


@dataclass
class Server:
    """A server that was started.

    Attributes:
        process: The first of its processes.
        url: The address of REST.
        grpc: The address of gRPC; None if there is none.
        folder: Where its output is, in `access` and `errors`.
    """

    process: subprocess.Popen | Started
    url: str
    grpc: str | None
    folder: Path

    @property
    def access(self):
        return (self.folder / "access").read_text()

    @property
    def errors(self):
        return (self.folder / "errors").read_text()

    def workers(self):
        """Return the processes that answer."""
        return psutil.Process(self.process.pid).children()

    def wait_until_ready(self, **options):
        with httpx.Client(base_url=self.url, **options) as client:
            while client.get("/readyz", timeout=60).status_code != 200:
                assert self.process.poll() is None, self.errors
                time.sleep(0.05)


@contextmanager
def started(folder, *options, limit=None, forked=False):
    """Start `penstock serve` with options, and yield it.

    Args:
        folder: The working directory.
        *options: The options.
        limit: What runs in the process before it starts.
        forked: Whether it is a fork of a process that has imported TensorFlow, which takes seconds.
    """
    words = ["serve", "--rest-port", "0", "--grpc-port", "0", *options]
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    with (folder / "access").open("w") as out, (folder / "errors").open("w") as errors:
        if forked:
            files = [out.fileno(), errors.fileno()]
            process = started_with_tensorflow(folder, *words, environment=environment, files=files)
        else:
            command = [sys.executable, "-m", "pipeline.cli.main", *words]
            process = subprocess.Popen(
                command, stdout=out, stderr=errors, cwd=folder, env=environment, preexec_fn=limit, text=True
            )
    try:
        while not (found := _ADDRESSES.search((folder / "access").read_text())):
            assert process.poll() is None, (folder / "errors").read_text()
            time.sleep(0.05)
        yield Server(process, found[1], found[2], folder)
    finally:
        process.terminate()
        process.wait(600)
