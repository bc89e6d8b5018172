"""A real process of its own that holds something: a lock, a store."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock.config.config import Config

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


_CLAIM = """
from penstock.config.loading import load
from penstock.integrity.run_locks import claim_name
claim_name(load({file!r}, {settings!r}, {{}}), {run!r})
"""


@contextmanager
def claimed_by_another(config: Config, run: str) -> Iterator[subprocess.Popen]:
    """Have another process hold the lock of a run, as a run of this configuration does; it is killed at the end."""
    settings = [f"name={config.name}", f"state.directory={config.state.directory}", f"metadata.uri={config.store_uri}"]
    program = _CLAIM.format(file=str(config.root / "pipeline.toml"), settings=settings, run=run)
    with held_by_another(program) as process:
        yield process
