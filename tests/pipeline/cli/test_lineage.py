"""`penstock lineage`: a version as a tree, as JSON and as a flowchart."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from penstock.core.errors import ConfigError
from pipeline.cli.lineage import lineage
from tests.metadata_store import StoreBuilder, configuration


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
