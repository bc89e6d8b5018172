import json
import os
import pty
import resource
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
PROGRAM = "import typer; from pipeline.cli.doctor import doctor; typer.run(doctor)"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def report() -> dict:
    return json.loads(run("--json").stdout)


def test_doctor_json_is_one_object_with_verdict_and_next_step_for_each_check(report):
    assert set(report) == {"verdict", "checks"}
    for check in report["checks"]:
        assert set(check) == {"check", "verdict", "found", "remedy"}
        assert bool(check["remedy"]) == (check["verdict"] != "ok")


@pytest.mark.slow
def test_doctor_exit_code_follows_the_verdict(report):
    assert run("--json").returncode == (2 if report["verdict"] == "problem" else 0)


@pytest.mark.slow
def test_doctor_without_a_configuration_is_a_problem(tmp_path):
    result = run("--config", str(tmp_path / "none.toml"), "--json")
    assert result.returncode == 2
    assert json.loads(result.stdout)["verdict"] == "problem"
    assert result.stderr == ""


@pytest.mark.slow
def test_doctor_says_how_to_repeat_it(tmp_path):
    none = str(tmp_path / "none.toml")
    last = run("--config", none).stdout.splitlines()[-1]
    assert last == f"Fix the problems above, then repeat: penstock doctor --config {none}"


@pytest.mark.slow
def test_doctor_in_a_pipe_prints_one_plain_line_per_check(report):
    lines = run().stdout.splitlines()
    assert len(lines) == len(report["checks"]) + 1
    assert not any("\x1b" in line for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_doctor_on_a_screen_is_coloured_unless_switched_off(environment, coloured):
    screen = on_screen({"TERM": "xterm", "COLUMNS": "80", **environment})
    assert ("\x1b[" in screen) == coloured
    assert "Linux on x86_64" in screen


@pytest.mark.slow
def test_doctor_takes_less_than_a_second_of_processor_and_no_tensorflow():
    program = """
import sys, typer
from pipeline.cli.doctor import doctor
try:
    doctor()
except typer.Exit:
    print(sorted({"tensorflow", "tfx", "apache_beam", "keras"} & set(sys.modules)))
"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    result = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 1


def on_screen(environment: dict[str, str]) -> str:
    """Return what the command writes to a terminal."""
    clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, cwd=PROJECT, env={**clean, **environment}, stdout=theirs) as process:
        os.close(theirs)
        written = b""
        try:
            while part := os.read(ours, 4096):
                written += part
        except OSError:
            pass  # how Linux says that the other end is closed
        process.wait()
    os.close(ours)
    return written.decode()
