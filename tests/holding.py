"""A real process of its own that holds something: a lock, a store."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@contextmanager
def held_by_another(program: str) -> Iterator[subprocess.Popen]:
    """Run a program up to its end and keep it there, alive, until the block is left."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"{program}\nprint('held', flush=True)\ninput()"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()
