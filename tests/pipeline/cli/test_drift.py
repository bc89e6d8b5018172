"""`penstock drift`: the comparison of a log, its exit code, and logs that cannot be compared."""

import json

import pytest
import typer
from typer.testing import CliRunner

from penstock.core.errors import ConfigError, DataError
from pipeline.cli import drift as command
from pipeline.schema.traffic_report import ColumnTraffic, VersionTraffic
from tests.metadata_store import configuration
from tests.penstock.serving.requests.logs import answer, write_log


def call(folder, *arguments):
    app = typer.Typer()
    app.command()(command.drift)
    return CliRunner().invoke(app, [*arguments, "--config", str(folder / "pipeline.toml")])


def version(*columns, reason=""):
    times = "2026-11-29 15:30:11", "2026-11-29 15:30:12"
    return VersionTraffic(1, 200, 200, 2, *times, ("serving_default",), reason, columns)


NEAR = ColumnTraffic("miles", "Jensen-Shannon", 0.1, 0.2, 0.0, 0.0, 0.1)
FAR = ColumnTraffic("miles", "Jensen-Shannon", 0.3, 0.2, 0.0, 0.0, 0.1, passed=False)


@pytest.fixture
def log(tmp_path, monkeypatch):
    """A log of a configured model; what it is compared with is a list that a test fills."""
    configuration(tmp_path)
    found = []
    monkeypatch.setattr(command, "_compared", lambda *_, **__: found)
    return write_log(tmp_path / "log", answer(model="taxi"), answer(model="other")), found


@pytest.mark.parametrize(("column", "code"), [(NEAR, 0), (FAR, 1)])
def test_exit_code_says_whether_a_column_is_above_its_threshold(tmp_path, log, column, code):
    place, found = log
    found.append(version(column))
    result = call(tmp_path, "--log", str(place))
    assert result.exit_code == code
    assert "Version 1: 200 rows of 2 requests" in result.stdout
    found_json = json.loads(call(tmp_path, "--log", str(place), "--json").stdout)
    assert (found_json["beyond"], found_json["files"], found_json["model"]) == (bool(code), 1, "taxi")
    assert found_json["versions"][0]["columns"][0]["distance"] == column.distance


def test_log_of_which_nothing_is_compared_is_an_error(tmp_path, log):
    place, found = log
    found.append(version(reason="fewer than 100 rows"))
    result = call(tmp_path, "--log", str(place))
    assert isinstance(result.exception, DataError)
    assert "received fewer than 100 rows; wait for more requests" in str(result.exception)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "drift: expected the folder of a log of requests, received no --log; add --log FOLDER."),
        (["--log", "/none"], "the log /none: expected a folder, received no such folder;"),
        (["--log", "LOG", "--model", "x"], "expected requests to x, received those to other, taxi;"),
        (
            ["--log", "LOG", "--version", "9"],
            "expected rows that version 9 answered, received none; leave --version out.",
        ),
    ],
)
def test_log_that_cannot_be_used_is_refused(tmp_path, log, options, sentence):
    place, _ = log
    result = call(tmp_path, *[str(place) if each == "LOG" else each for each in options])
    assert isinstance(result.exception, ConfigError | DataError)
    assert sentence in str(result.exception)
