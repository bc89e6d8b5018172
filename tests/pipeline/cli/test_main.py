"""The complete command: verbs, exit codes, errors in one sentence, `--json`, `--debug`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.app import app
from tests.metadata_store import CONFIGURATION, configuration
from tests.pipeline.cli.command import penstock

VERBS = ("run", "resume", "compile", "runs", "show", "lineage", "predict", "doctor")
FAIL = """
from typing import Annotated
from pipeline.cli.app import app
from pipeline.cli.options import DebugOption, JsonOption
from penstock.core.errors import *
@app.command()
def fail(as_json: JsonOption = False, debug: DebugOption = False):
    raise {error}
"""


def test_version_is_one_line(tmp_path):
    result = penstock(tmp_path, "--version")
    assert (result.returncode, result.stdout, result.stderr) == (0, "penstock 0.1.0\n", "")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], []])
def test_help_names_each_verb_within_eighty_columns(tmp_path, arguments):
    result = penstock(tmp_path, *arguments)
    text = result.stdout + result.stderr
    assert result.returncode in ((0, 2) if not arguments else (0,))
    assert "\x1b" not in text
    listed = [word for line in text.splitlines() for word in line.split()[:1] if word in VERBS]
    assert listed == list(VERBS)
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help_for_its_options(verb):
    result = CliRunner().invoke(app, [verb, "--help"], env={"COLUMNS": "80", "TERM": "dumb"})
    assert result.exit_code == 0
    for option in ("--config", "--json"):
        assert option in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rnu"], "No such command 'rnu'"),
        (["run", "--colour"], "No such option: --colour"),
        (["predict"], "Missing argument"),
    ],
)
def test_wrong_arguments_are_exit_code_two(tmp_path, arguments, said):
    result = penstock(tmp_path, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("ConfigError('what', 'this', 'that', 'go on')", 2),
        ("NodeError('what', 'this', 'that', 'go on')", 1),
        ("Interrupted('what', 'this', 'that', 'go on')", 130),
    ],
)
def test_error_is_one_sentence_and_its_exit_code(tmp_path, error, code):
    result = penstock(tmp_path, "fail", program=FAIL.format(error=error))
    assert (result.returncode, result.stdout) == (code, "")
    assert result.stderr == "what: expected this, received that; go on.\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            "PermissionError(13, 'Permission denied', 'rows.csv')",
            "rows.csv: expected one that can be read or written, received permission denied; check its permissions.\n",
        ),
        (
            "OSError(28, 'No space left on device')",
            "a file or a folder: expected one that can be read or written, received no space left on device; free some "
            "space on its disk.\n",
        ),
        (
            "OSError(36, 'File name too long', 'x' * 3)",
            "xxx: expected one that can be read or written, received file name too long; use a shorter name.\n",
        ),
        (
            "MemoryError('check was ended from outside')",
            "memory: expected enough for the command, received check was ended from outside; free some, or use fewer "
            "rows.\n",
        ),
    ],
)
def test_error_of_the_operating_system_is_one_sentence(tmp_path, error, said):
    result = penstock(tmp_path, "fail", program=FAIL.format(error=error))
    assert (result.returncode, result.stdout, result.stderr) == (1, "", said)


def test_details_of_an_error_are_printed_below_it_one_per_line(tmp_path):
    result = penstock(tmp_path, "fail", program=FAIL.format(error="GateError('what', details=('one', 'two'))"))
    assert result.stderr == "what.\n  one\n  two\n"


def test_error_as_json_is_one_object_and_nothing_else(tmp_path):
    error = "GateError('what', 'this', 'that', 'go on', ('one',))"
    result = penstock(tmp_path, "fail", "--json", program=FAIL.format(error=error))
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.count("\n") == 1
    assert json.loads(result.stdout) == {
        "state": "failed",
        "error": {"what": "what", "expected": "this", "received": "that", "next_step": "go on", "details": ["one"]},
    }


def test_debug_shows_the_traceback_of_an_error(tmp_path):
    result = penstock(tmp_path, "fail", "--debug", program=FAIL.format(error="ConfigError('what')"))
    assert result.returncode == 2
    assert result.stderr.startswith("Traceback (most recent call last):")
    assert result.stderr.endswith("penstock.core.errors.ConfigError: what.\nwhat.\n")


def test_unexpected_exception_is_printed_with_its_traceback(tmp_path):
    result = penstock(tmp_path, "fail", program=FAIL.format(error="ZeroDivisionError('ours')"))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.endswith("ZeroDivisionError: ours\n")


AT_IMPORT = """
import os, signal, sys
from importlib.abc import MetaPathFinder

class Sender(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "{module}":
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.{how})

sys.meta_path.insert(0, Sender())
"""
SIGNALS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}


@pytest.mark.slow
@pytest.mark.parametrize(("how", "code"), SIGNALS.items())
@pytest.mark.parametrize("module", ["typer", "pipeline.cli.app", "penstock.metadata.lineage"])
def test_signal_from_the_first_import_on_is_one_sentence_and_its_code(tmp_path, module, how, code):
    configuration(tmp_path)
    result = penstock(tmp_path, "runs", program=AT_IMPORT.format(module=module, how=how), from_start=True)
    assert (result.returncode, result.stdout) == (code, "")
    said = f"the command was interrupted: received {how}; nothing half-written is left, start it again.\n"
    assert result.stderr == said


@pytest.mark.slow
def test_interruption_with_json_is_an_object(tmp_path):
    configuration(tmp_path)
    program = AT_IMPORT.format(module="penstock.metadata.lineage", how="SIGTERM")
    result = penstock(tmp_path, "runs", "--json", program=program, from_start=True)
    assert (result.returncode, result.stderr) == (143, "")
    assert json.loads(result.stdout)["error"]["received"] == "SIGTERM"


def test_exception_that_a_library_raises_for_a_signal_is_reported_as_the_signal(tmp_path):
    error = "signal_and_fail()"
    program = """
import os, signal
def signal_and_fail():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except KeyboardInterrupt:
        pass
    return RuntimeError("Query interrupted")
"""
    wrapped = FAIL.replace(
        "@app.command()\n", "from pipeline.cli.commands import handles_errors\n@app.command()\n@handles_errors\n"
    )
    result = penstock(tmp_path, "fail", program=program + wrapped.format(error=error))
    assert (result.returncode, result.stderr.count("received SIGTERM"), result.stderr.count("\n")) == (143, 1, 1)


@pytest.mark.parametrize("verb", ["run", "resume", "compile", "submit", "runs"])
def test_verb_without_a_configuration_says_so(tmp_path, verb):
    result = penstock(tmp_path, verb)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "no configuration pipeline.toml: expected a TOML file, received no such file; name one with --config FILE.\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_environment_and_settings_reach_the_configuration(tmp_path):
    configuration(tmp_path)
    result = penstock(tmp_path, "runs", PENSTOCK_NAME="other")
    assert result.stdout == "No runs of other yet. Next: penstock run\n"
    result = penstock(tmp_path, "runs", "--set", "name=third", "--set", "evaluation.min=0.1", PENSTOCK_NAME="other")
    again = "--set name=third --set evaluation.min=0.1"
    assert result.stdout == f"No runs of third yet. Next: penstock run {again}\n"
    result = penstock(tmp_path, "runs", "--set", "evaluation.min=x", "--json")
    assert json.loads(result.stdout)["error"]["received"] == "'x'"


@pytest.mark.slow
def test_installed_command_is_the_same(tmp_path):
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION)
    script = Path(sys.executable).with_name("penstock")
    result = subprocess.run([script, "runs"], cwd=tmp_path, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "No runs of taxi yet. Next: penstock run\n")
