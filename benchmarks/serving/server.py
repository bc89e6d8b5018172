"""Servers that the benchmark starts, and the load on them, each in processes of their own."""

import base64
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.serving.load import Load

STARTED = re.compile(r"REST answers at (\S+)\n(?:gRPC answers at (\S+)\n)?")
_READY = "Ctrl-C"


class Server:
    """A server that was started, its addresses and its processes."""

    def __init__(self, process: "subprocess.Popen[str]", rest: str, grpc: str) -> None:
        """Take the process, the URL of the model and the address of gRPC."""
        self.process, self.rest, self.grpc = process, rest, grpc

    def memory(self) -> int:
        """Return the bytes of the processes that answer."""
        return sum(int(each.memory_info().rss) for each in psutil.Process(self.process.pid).children(recursive=True))

    def has(self, version: int | None = None) -> bool:
        """Return whether a version, or any, is served."""
        path = "" if version is None else f"/versions/{version}"
        state = httpx.get(f"{self.rest}{path}", timeout=120)
        return "AVAILABLE" in state.text


@contextmanager
def served(folder: Path, *options: str) -> Iterator[Server]:
    """Start a server of the versions in a folder, and yield it when it is ready."""
    command = [sys.executable, "-m", "pipeline.cli.main", "serve", "--model", f"m={folder}", "--access-log", "none"]
    command += ["--rest-port", "0", "--grpc-port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        text = ""
        while not (found := STARTED.search(text)) or _READY not in text:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise SystemExit(f"penstock serve ended: {text}")
            text += line
        server = Server(process, found[1], found[2])
        try:
            while not server.has():
                time.sleep(0.1)
            yield server
        finally:
            process.terminate()
            process.wait(60)


def load_of(address: str, content: bytes, clients: int, seconds: float, **more: Any) -> Load:
    """Return a load of one request, which is sent again and again."""
    return Load(address, base64.b64encode(content).decode(), clients, seconds, **more)


def sent(load: Load) -> dict[str, Any]:
    """Send requests from a process of its own, and return what it measured."""
    return finished(begun(load))


def begun(load: Load) -> "subprocess.Popen[str]":
    """Begin to send requests."""
    command: Sequence[str] = [sys.executable, "-m", "benchmarks.serving.load"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if process.stdin:
        process.stdin.write(json.dumps(asdict(load)))
        process.stdin.close()
    return process


def finished(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Return what a load measured, when it has ended."""
    text = process.stdout.read() if process.stdout else ""
    if process.wait():
        raise SystemExit("the load of the benchmark failed")
    return dict(json.loads(text))
