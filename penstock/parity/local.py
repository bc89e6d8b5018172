"""A server on this machine for a pushed version: a process of `penstock serve`, at free ports."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock.core.errors import PenstockError

MODEL = "verified"
_START_SECONDS = 120
_ENDING_SECONDS = 30


@contextmanager
def serving(version: Path) -> Iterator[tuple[str, str]]:
    """Serve a version in the block, and yield the URL of REST and the address of gRPC.

    Raises:
        PenstockError: The server does not start.
    """
    command = [sys.executable, "-P", "-m", "pipeline.cli.main", "serve", "--model", f"{MODEL}={version.absolute()}"]
    command += ["--rest-port", "0", "--grpc-port", "0", "--access-log", "none", "--poll", "60"]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield _addresses(process, output.fileno())
        finally:
            process.terminate()
            try:
                process.wait(_ENDING_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _addresses(process: "subprocess.Popen[bytes]", output: int) -> tuple[str, str]:
    """Return the addresses that a server prints.

    Args:
        process: The server.
        output: The descriptor of the file with its output.
    """
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        text = _text(output)
        rest, grpc = re.search(r"REST answers at (\S+)", text), re.search(r"gRPC answers at (\S+)", text)
        if rest and grpc:
            return rest[1].partition("/v1/")[0], grpc[1]
        if process.poll() is not None:
            break
        time.sleep(0.05)
    lines = _text(output).strip().splitlines()
    received = lines[-1] if lines else f"exit code {process.poll()}"
    raise PenstockError("penstock serve", "a server that starts", received, "write `penstock serve` to see why")


def _text(descriptor: int) -> str:
    """Return what was written to a file, whose position the process that writes shares."""
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")
