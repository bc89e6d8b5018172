"""The `penstock` command in a separate process, as a shell calls it."""

import functools
import os
import subprocess
import sys
from pathlib import Path

from tests.pipeline.cli.forked import Forked

PROJECT = Path(__file__).resolve().parents[3]
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "TERM": "dumb", "COLUMNS": "80"}


def penstock(folder: Path, *arguments: str, program: str = "", **environment: str) -> subprocess.CompletedProcess:
    """Run the command in a folder; a `program` runs before it in the same process.

    Without a program and an environment of its own, the call starts from a process that has imported the command.
    """
    if not program and not environment:
        return _forked().run(folder, *arguments)
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
