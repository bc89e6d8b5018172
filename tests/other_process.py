"""Another process that holds a lock or a store open."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock.config.config import Config

PROJECT = Path(__file__).resolve().parent.parent


@contextmanager
def run_in_other_process(program: str) -> Iterator[subprocess.Popen]:
    """Run a program to its end, and keep the process alive until the block is left."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"{program}\nprint('ready', flush=True)\ninput()"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


_CLAIM = """
from penstock.config.loading import load
from penstock.integrity.run_locks import claim_name
claim_name(load({file!r}, {settings!r}, {{}}), {run!r})
"""


@contextmanager
def claimed_by_other_process(config: Config, run: str) -> Iterator[subprocess.Popen]:
    """Let another process hold the lock of a run of this configuration; it is killed when the block is left."""
    settings = [f"name={config.name}", f"state.directory={config.state.directory}", f"metadata.uri={config.store_uri}"]
    program = _CLAIM.format(file=str(config.root / "pipeline.toml"), settings=settings, run=run)
    with run_in_other_process(program) as process:
        yield process
