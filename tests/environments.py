"""Environments of their own for what is tested against and cannot be installed with TFX, made when first needed."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
CLIENTS = PROJECT / "tests" / "clients" / "requirements.lock"
OLD_CLIENTS = PROJECT / "tests" / "clients" / "old.lock"
PAGES = PROJECT / "tests" / "pages" / "requirements.lock"


def python_with(name: str, lock: Path) -> Path:
    """Return the Python of an environment, installed as the lock says; else the test is skipped."""
    place = PROJECT / ".tools" / name
    place.parent.mkdir(exist_ok=True)
    python, stamp = place / "bin" / "python", place / "lock"
    # One of the processes that the tests run in installs, and the others wait until it is done.
    with (place.parent / f"{name}.lock").open("w") as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        if not (stamp.is_file() and stamp.read_bytes() == lock.read_bytes()):
            uv = shutil.which("uv", path=f"{os.environ['PATH']}:{PROJECT / '.tools' / 'uv' / 'bin'}")
            if uv is None:
                pytest.skip(f"{name}: not tested, uv is not here")
            venv = [uv, "venv", "--quiet", "--clear", "--no-python-downloads", "--python", "3.11", str(place)]
            sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(lock)]
            for command in (venv, sync):
                done = subprocess.run(command, capture_output=True, text=True)
                if done.returncode:
                    pytest.skip(f"{name}: not tested, it cannot be installed: {' '.join(done.stderr.split())[:200]}")
            shutil.copyfile(lock, stamp)
    return python


def clients() -> Path:
    """Return the Python with clients of a prediction server that others wrote; else the test is skipped."""
    return python_with("clients", CLIENTS)


def old_clients() -> Path:
    """Return the Python with a client that needs an old protobuf; else the test is skipped."""
    return python_with("old-clients", OLD_CLIENTS)


def pages() -> Path:
    """Return the Python with what checks pages and model cards; else the test is skipped."""
    return python_with("pages", PAGES)
