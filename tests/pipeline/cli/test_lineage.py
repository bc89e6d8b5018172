"""`penstock lineage`: a version as a tree, as JSON and as a flowchart."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from penstock.core.errors import ConfigError
from pipeline.cli.lineage import lineage
from tests.metadata_store import StoreBuilder, configuration
from tests.penstock.serving.requests.logs import answer, write_log


@pytest.fixture
def builder(tmp_path: Path) -> StoreBuilder:
    return StoreBuilder(configuration(tmp_path))


def call(folder: Path, *arguments: str) -> Result:
    app = typer.Typer()
    app.command()(lineage)
    return CliRunner().invoke(app, [*arguments, "--config", str(folder / "pipeline.toml")])


def test_version_is_shown_as_a_tree(tmp_path, builder):
    builder.whole_run("run", version=2)
    result = call(tmp_path, "2")
    assert result.exit_code == 0
    assert result.stdout.startswith("Version 2 of taxi, pushed ")


def test_latest_version_needs_no_number(tmp_path, builder):
    builder.whole_run("first", version=1)
    builder.whole_run("second", version=2)
    assert call(tmp_path).stdout.startswith("Version 2 ")


def test_json_is_one_object(tmp_path, builder):
    builder.whole_run("run", version=2)
    data = json.loads(call(tmp_path, "2", "--json").stdout)
    assert (data["pipeline"], data["version"], data["run_id"]) == ("taxi", 2, "run")
    assert data["origins"][0]["files"] == [{"path": "trips.csv", "sha256": "f" * 64, "bytes": 1234}]


def test_mermaid_is_a_flowchart_and_nothing_else(tmp_path, builder):
    builder.whole_run("run", version=2)
    lines = call(tmp_path, "2", "--mermaid").stdout.splitlines()
    assert lines[0] == "flowchart LR"
    assert all(line.startswith("  ") for line in lines[1:])


def test_unknown_version_is_refused(tmp_path, builder):
    builder.whole_run("run", version=2)
    result = call(tmp_path, "9")
    assert isinstance(result.exception, ConfigError)
    assert (result.exception.exit_code, result.stdout) == (2, "")


NOW = 4_000_000_000.0


def test_request_is_traced_to_the_version_that_answered_it(tmp_path, builder):
    builder.whole_run("first", version=1)
    builder.whole_run("second", version=2)
    log = write_log(tmp_path / "log", answer("r", 1, "taxi", time=NOW), answer("s", 2, "taxi", time=NOW))
    lines = call(tmp_path, "--request", "r", "--log", str(log)).stdout.splitlines()
    assert lines[0] == "Request r"
    assert lines[1].startswith("  answered by version 1 of taxi, ")
    assert any(line.startswith("Version 1 of taxi, pushed ") for line in lines)
    assert not any(line.startswith("Version 2 ") for line in lines)
    data = json.loads(call(tmp_path, "--request", "r", "--log", str(log), "--json").stdout)
    assert [each["version"] for each in data["answers"]] == [1]
    assert [(each["version"], each["run_id"]) for each in data["versions"]] == [(1, "first")]
    assert data["warnings"] == []


def test_id_of_requests_to_two_versions_has_both(tmp_path, builder):
    builder.whole_run("first", version=1)
    builder.whole_run("second", version=2)
    log = write_log(tmp_path / "log", answer("r", 1, "taxi", time=NOW), answer("r", 2, "taxi", time=NOW + 1))
    found = call(tmp_path, "--request", "r", "--log", str(log)).stdout
    assert "Version 1 of taxi" in found
    assert "Version 2 of taxi" in found
    assert "2 answers have this id" in found


def test_version_that_was_pushed_after_the_request_is_doubted(tmp_path, builder):
    builder.whole_run("run", version=1)
    log = write_log(tmp_path / "log", answer("r", 1, "taxi", time=1.0))
    found = call(tmp_path, "--request", "r", "--log", str(log)).stdout
    assert "Warning: version 1 was pushed after this request: an earlier one of that number answered it." in found


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--log", "log"], "--log: expected --request ID with it, received none; add --request ID."),
        (["--model", "m"], "--model: expected --request ID with it, received none; add --request ID."),
        (["2", "--request", "r"], "--request: expected no version, which the log names, received 2; leave 2 out."),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path, builder, arguments, sentence):
    result = call(tmp_path, *arguments)
    assert isinstance(result.exception, ConfigError)
    assert str(result.exception) == sentence
