"""An environment of its own for what cannot be installed with TFX: AutoGluon, and tables that packages carry."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from benchmarks.systems import PROJECT
from penstock.core.errors import NodeError

LOCK = Path(__file__).parent / "requirements.lock"
PLACE = PROJECT / ".tools" / "benchmark-quality"
SCRIPT = Path(__file__).parent / "in_environment.py"


def run(*words: str, seconds: float) -> str:
    """Run `in_environment.py` in the environment, which is made when it is first needed, and return what it printed.

    Args:
        words: The arguments.
        seconds: End it after so many seconds of wall time.

    Raises:
        NodeError: The environment cannot be made, or the script failed.
    """
    command = [str(python_of("AutoGluon", LOCK, PLACE)), "-P", str(SCRIPT), *words]
    return output_of("benchmarks/quality/in_environment.py", command, seconds)


def python_of(package: str, lock: Path, place: Path) -> Path:
    """Return the interpreter of an environment, which is made when it is first needed.

    Args:
        package: What it is for, for error messages.
        lock: Its packages.
        place: Its folder.

    Raises:
        NodeError: It cannot be made.
    """
    python, stamp = place / "bin" / "python", place / "lock"
    place.parent.mkdir(exist_ok=True)
    with place.with_suffix(".lock").open("w") as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        if not (stamp.is_file() and stamp.read_bytes() == lock.read_bytes()):
            uv = shutil.which("uv", path=f"{os.defpath}:{PROJECT / '.tools' / 'uv' / 'bin'}")
            if uv is None:
                raise NodeError(package, "uv on PATH or in .tools", "none", "run `make set-up`")
            venv = [uv, "venv", "--quiet", "--clear", "--no-python-downloads", "--python", "3.11", str(place)]
            sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(lock)]
            for command in (venv, sync):
                output_of(f"the environment of {package}", command, 1200)
            shutil.copyfile(lock, stamp)
    return python


def output_of(what: str, command: list[str], seconds: float) -> str:
    """Return what a command prints.

    Raises:
        NodeError: It fails, or takes longer than so many seconds.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise NodeError(what, f"an end within {seconds:g} s", "none", "give it more time") from None
    if done.returncode:
        last = " ".join(done.stderr.split())[-200:]
        raise NodeError(what, "exit code 0", f"{done.returncode}: {last}", "see its error") from None
    return done.stdout
