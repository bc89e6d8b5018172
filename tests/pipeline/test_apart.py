"""A function in a process of its own: what it returns, what it raises, and that it leaves nothing behind."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import psutil
import pytest

from pipeline.apart import apart
from pipeline.errors import DataError
from pipeline.fingerprint import PROJECT


def kill_itself():
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(*, received):
    raise DataError("trips.csv, line 3", "2 columns", received, "mend the line")


def test_function_runs_in_another_process_and_returns():
    assert apart(os.getpid) != os.getpid()
    assert apart(divmod, 7, 2) == (3, 1)


def test_error_of_the_function_comes_back_with_all_its_parts():
    with pytest.raises(DataError) as raised:
        apart(refuse, received="3")
    assert str(raised.value) == "trips.csv, line 3: expected 2 columns, received 3; mend the line."


def test_end_of_the_other_process_is_an_error():
    with pytest.raises(MemoryError, match="kill_itself was ended from outside"):
        apart(kill_itself)


INTERRUPTED = """
import os, pathlib, signal
from pipeline.apart import apart
from pipeline.interruption import interruptible

def wait():
    pathlib.Path("pid").write_text(str(os.getpid()))
    os.kill(os.getppid(), signal.{how})
    signal.pause()

with interruptible():
    try:
        apart(wait)
    except KeyboardInterrupt as interruption:
        print(interruption)
"""


@pytest.mark.parametrize(
    ("how", "said"), [("SIGINT", "SIGINT\n"), ("SIGTERM", "SIGTERM\n"), ("SIGHUP", "SIGHUP\n"), ("SIGKILL", "")]
)
def test_end_of_this_process_ends_the_other_one_too(tmp_path, how, said):
    # In a process of one thread, as a command is here: of several, any may get the signal, and who waits sleeps on.
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(how=how)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == (said, "")
    pid = int((tmp_path / "pid").read_text())
    with suppress(psutil.NoSuchProcess):
        assert psutil.wait_procs([psutil.Process(pid)], timeout=5)[1] == []
