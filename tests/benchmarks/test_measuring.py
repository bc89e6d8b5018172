"""Processes measured from outside."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from benchmarks.measuring import Command, exclusive, measure, plain_environment

PROJECT = Path(__file__).resolve().parent.parent.parent
MEGABYTE = 1 << 20
HOLD = "import time; held = b'x' * (80 << 20); print('held', flush=True); time.sleep(0.6)"
# The child has its memory until the parent ends, whose wait begins when the child has it.
WITH_CHILD = f"""
import subprocess, sys
child = "held = b'x' * (80 << 20); print('held', flush=True); input()"
process = subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
process.stdout.readline()
{HOLD}
process.communicate(b"\\n")
"""


def command(folder: Path, program: str) -> Command:
    words = [sys.executable, "-c", program]
    return Command(words, folder, plain_environment(), folder / "output", folder / "log")


@pytest.mark.slow
def test_process_is_measured_from_start_to_end(tmp_path):
    began = time.time()
    measured = measure(command(tmp_path, "import time; time.sleep(0.3)"))
    assert measured.code == 0
    assert measured.seconds >= 0.3
    assert measured.cpu_seconds < measured.seconds
    assert began <= measured.began <= time.time()


def test_both_streams_are_written_to_separate_files(tmp_path):
    measure(command(tmp_path, "import sys; print('printed'); print('logged', file=sys.stderr)"))
    assert (tmp_path / "output").read_text() == "printed\n"
    assert (tmp_path / "log").read_text() == "logged\n"


@pytest.mark.parametrize(("program", "code"), [("raise SystemExit(3)", 3), ("import os; os.abort()", -6)])
def test_exit_code_is_reported_unchanged(tmp_path, program, code):
    assert measure(command(tmp_path, program)).code == code


@pytest.mark.slow
def test_memory_is_that_of_the_whole_tree(tmp_path):
    alone = measure(command(tmp_path, HOLD))
    both = measure(command(tmp_path, WITH_CHILD))
    assert alone.first_child is None
    assert alone.peak_rss > 80 * MEGABYTE
    assert both.first_child is not None
    assert 0 <= both.first_child < both.seconds
    assert both.peak_rss > 160 * MEGABYTE
    assert both.peak_rss_of_one > 80 * MEGABYTE


def test_environment_of_the_caller_does_not_reach_the_process(tmp_path, monkeypatch):
    monkeypatch.setenv("PENSTOCK_MODEL__EPOCHS", "1")
    measure(command(tmp_path, "import os; print(sorted(os.environ))"))
    assert "PENSTOCK" not in (tmp_path / "output").read_text()


def test_exclusive_measurement_waits_for_the_lock(tmp_path):
    order = []

    def second() -> None:
        with exclusive(tmp_path / "lock"):
            order.append("second")

    with exclusive(tmp_path / "lock"):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_process_that_is_measured_ends_with_an_interrupted_benchmark(tmp_path):
    sleeper = "import os, time; print(os.getpid(), flush=True); time.sleep(3600)"
    program = f"""
import signal
import subprocess
import sys
from pathlib import Path
from benchmarks.measuring import Command, measure, plain_environment
folder = Path({str(tmp_path)!r})
words = [sys.executable, "-c", {sleeper!r}]
measure(Command(words, folder, plain_environment(), folder / "output", folder / "log"))
"""
    environment = plain_environment(PYTHONPATH=str(PROJECT))
    benchmark = subprocess.Popen([sys.executable, "-c", program], env=environment, stderr=subprocess.DEVNULL)
    output = tmp_path / "output"
    deadline = time.monotonic() + 600
    while not (output.is_file() and output.read_text().endswith("\n")) and time.monotonic() < deadline:
        time.sleep(0.02)
    benchmark.send_signal(signal.SIGINT)
    assert benchmark.wait(600) != 0
    # Whoever takes the orphan over may be a moment late.
    sleeping = int(output.read_text())
    while psutil.pid_exists(sleeping) and time.monotonic() < deadline + 600:
        time.sleep(0.02)
    assert not psutil.pid_exists(sleeping)
