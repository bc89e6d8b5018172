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
    command = [str(_python()), "-P", str(SCRIPT), *words]
    return _output("benchmarks/quality/in_environment.py", command, seconds)


def _python() -> Path:
    python, stamp = PLACE / "bin" / "python", PLACE / "lock"
    PLACE.parent.mkdir(exist_ok=True)
    with PLACE.with_suffix(".lock").open("w") as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        if not (stamp.is_file() and stamp.read_bytes() == LOCK.read_bytes()):
            uv = shutil.which("uv", path=f"{os.defpath}:{PROJECT / '.tools' / 'uv' / 'bin'}")
            if uv is None:
                raise NodeError("AutoGluon", "uv on PATH or in .tools", "none", "run `make set-up`")
            venv = [uv, "venv", "--quiet", "--clear", "--no-python-downloads", "--python", "3.11", str(PLACE)]
            sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(LOCK)]
            for command in (venv, sync):
                _output("the environment of AutoGluon", command, 1200)
            shutil.copyfile(LOCK, stamp)
    return python


def _output(what: str, command: list[str], seconds: float) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise NodeError(what, f"an end within {seconds:g} s", "none", "give it more time") from None
    if done.returncode:
        last = " ".join(done.stderr.split())[-200:]
        raise NodeError(what, "exit code 0", f"{done.returncode}: {last}", "see its error") from None
    return done.stdout
