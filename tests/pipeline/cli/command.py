"""The `penstock` command in a separate process, as a shell calls it."""

import functools
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.pipeline.cli.forked import Forked, Started

PROJECT = Path(__file__).resolve().parents[3]
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "TERM": "dumb", "COLUMNS": "80"}


def penstock(
    folder: Path, *arguments: str, program: str = "", from_start: bool = False, **environment: str
) -> subprocess.CompletedProcess:
    """Run the command in a folder; a `program` runs before it in the same process.

    The call is a fork of a process that has imported the command, unless it runs `from_start`, with its imports.
    """
    if not from_start:
        given = {**ENVIRONMENT, **environment} if environment else None
        return _forked().run(folder, *arguments, program=program, environment=given)
    start = ["-c", f"{program}\nfrom pipeline.cli.main import main\nmain()"] if program else ["-m", "pipeline.cli.main"]
    return subprocess.run(
        [sys.executable, *start, *arguments],
        cwd=folder,
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
    )


@functools.cache
def _forked() -> Forked:
    return Forked(PROJECT, ENVIRONMENT)


def penstock_with_tensorflow(
    folder: Path, *arguments: str, program: str = "", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess:
    """Run the command as `penstock` does, in a fork of a process that has imported TensorFlow and TFX."""
    return _forked_with_tensorflow().run(folder, *arguments, program=program, environment=environment)


def started_with_tensorflow(
    folder: Path, *arguments: str, environment: dict[str, str] | None = None, files: Sequence[int] = ()
) -> Started:
    """Start the command as `penstock_with_tensorflow` does, and return without waiting for its end."""
    return _forked_with_tensorflow().start(folder, *arguments, environment=environment, files=files)


@functools.cache
def _forked_with_tensorflow() -> Forked:
    more = Path(__file__).with_name("with_tensorflow.py").read_text()
    return Forked(PROJECT, {**ENVIRONMENT, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}, more)


def penstock_with_recording_worker(folder: Path, *arguments: str, outcome: str) -> subprocess.CompletedProcess:
    """Run the command with a worker that records a run instead of running nodes; the outcome selects the result."""
    return _forked_with_recording_worker().run(folder, *arguments, environment={**ENVIRONMENT, "OUTCOME": outcome})


@functools.cache
def _forked_with_recording_worker() -> Forked:
    more = """
from pipeline.cli import running
from tests import metadata_store
from tests.pipeline.cli import forked_worker, leaderboards
running.RUNNERS["local"] = "tests.pipeline.cli.recording_worker"
forked_worker.use()
"""
    return Forked(PROJECT, ENVIRONMENT, more)


# What takes long to import, and what only other registries or other commands need.
SLOW = {
    *("tensorflow", "tfx", "apache_beam", "numpy", "pyarrow", "duckdb", "ml_metadata", "google.protobuf"),
    *("sqlalchemy", "alembic", "httpx", "fastapi", "rich", "pydantic_settings", "filelock", "asyncio", "psutil"),
}
_EACH = """
import json, os, sys
from pipeline.cli.app import app
sys.stdout, printed = open(os.devnull, "w"), sys.stdout
slow, commands = json.loads(sys.argv[1])
found = []
for words in commands:
    code = app(words, standalone_mode=False)
    found.append([" ".join(words), code or 0, sorted(set(slow) & set(sys.modules))])
print(json.dumps(found), file=printed)
"""


def slow_imports(folder: Path, *commands: str) -> list[tuple[str, int, list[str]]]:
    """Run commands one after the other in one process; return each with its exit code and what is imported by then."""
    done = subprocess.run(
        [sys.executable, "-c", _EACH, json.dumps([sorted(SLOW), [shlex.split(command) for command in commands]])],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return [tuple(each) for each in json.loads(done.stdout)]
