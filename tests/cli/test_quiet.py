"""`quiet`: nothing reaches the screen but what is meant for it, whoever prints it."""

import subprocess
import sys

from tests.cli.calling import PROJECT

PRINT = """
import os, subprocess, sys
from pathlib import Path
from cli.quiet import quiet
print("before")
try:
    with quiet(Path("deep/run.log")) as screen:
        print("python out")
        print("python error", file=sys.stderr)
        os.write(1, b"native out\\n")
        os.write(2, b"native error\\n")
        subprocess.run(["sh", "-c", "echo child out; echo child error >&2"])
        screen.write("for the screen\\n")
        {inside}
finally:
    print("after")
    print("after error", file=sys.stderr)
"""
SILENCED = {"python out", "python error", "native out", "native error", "child out", "child error"}


def run(folder, inside="pass"):
    return subprocess.run(
        [sys.executable, "-c", PRINT.format(inside=inside)],
        cwd=folder,
        env={"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )


def test_output_of_python_native_code_and_children_goes_to_the_log(tmp_path):
    result = run(tmp_path)
    assert (result.stdout, result.stderr) == ("before\nfor the screen\nafter\n", "after error\n")
    assert set((tmp_path / "deep" / "run.log").read_text().splitlines()) == SILENCED


def test_second_use_adds_to_the_log(tmp_path):
    run(tmp_path)
    run(tmp_path)
    assert len((tmp_path / "deep" / "run.log").read_text().splitlines()) == 2 * len(SILENCED)


def test_screen_is_given_back_after_an_error(tmp_path):
    result = run(tmp_path, "1 / 0")
    assert result.stdout == "before\nfor the screen\nafter\n"
    assert result.stderr.startswith("after error\n")
    assert "ZeroDivisionError" in result.stderr


def test_traceback_printed_inside_is_in_the_log_alone(tmp_path):
    result = run(tmp_path, "import traceback; traceback.print_exception(ValueError('x'))")
    assert "ValueError" not in result.stderr
    assert "ValueError: x" in (tmp_path / "deep" / "run.log").read_text()
