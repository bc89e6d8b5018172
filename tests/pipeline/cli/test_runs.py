"""`penstock runs`: the list of runs, as text and as JSON."""

import json
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from penstock.core.errors import StoreError
from pipeline.cli.runs import runs
from tests.metadata_store import CACHED, FAILED, RUNNING, StoreBuilder, configuration


@pytest.fixture
def builder(tmp_path: Path) -> StoreBuilder:
    return StoreBuilder(configuration(tmp_path))


def call(folder: Path, *arguments: str) -> Result:
    app = typer.Typer()
    app.command()(runs)
    return CliRunner().invoke(app, ["--config", str(folder / "pipeline.toml"), *arguments])


def fill(builder: StoreBuilder) -> None:
    """Record a run of each state, the pushed one first."""
    builder.whole_run("20260101-000001", version=12)
    for name, states in {
        "20260101-000002": {"ExampleGen": CACHED, "Trainer": 3},
        "20260101-000003": {"ExampleGen": CACHED, "ExampleValidator": FAILED},
        "20260101-000004": {"ExampleGen": RUNNING},
    }.items():
        time.sleep(0.002)
        for node, state in states.items():
            builder.node(name, node, state=state)
    time.sleep(0.002)
    builder.whole_run("20260101-000005", version=None)


def test_runs_are_listed_newest_first_within_eighty_columns(tmp_path, builder):
    fill(builder)
    result = call(tmp_path)
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0].split() == ["Run", "Started", "Took", "Metric", "Ran", "Cached", "State"]
    assert [line.split()[0] for line in lines[1:-1]] == [f"20260101-00000{number}" for number in (5, 4, 3, 2, 1)]
    assert [line.partition(" s ")[2].split(maxsplit=3) for line in lines[1:-1]] == [
        ["0.9500", "8", "0", "refused"],
        ["-", "0", "0", "running"],
        ["-", "0", "1", "failed at ExampleValidator"],
        ["-", "1", "1", "partial"],
        ["0.9500", "8", "0", "pushed version 12"],
    ]
    assert lines[-1] == "5 runs of taxi, metric auc"
    assert max(map(len, lines)) <= 80


def test_limit_leaves_out_older_runs_and_says_how_many(tmp_path, builder):
    fill(builder)
    lines = call(tmp_path, "--limit", "2").stdout.splitlines()
    assert len(lines) == 4
    assert lines[-1] == "5 runs of taxi, metric auc; 3 older: --limit 5"


def test_limit_of_zero_is_refused(tmp_path, builder):
    assert call(tmp_path, "--limit", "0").exit_code == 2


def test_json_is_one_object(tmp_path, builder):
    fill(builder)
    data = json.loads(call(tmp_path, "--json", "--limit", "3").stdout)
    assert (data["pipeline"], data["total"], len(data["runs"])) == ("taxi", 5, 3)
    newest = data["runs"][0]
    assert abs(newest.pop("started") - time.time()) < 3600
    assert newest.pop("seconds") >= 0
    assert newest == {
        **{"run_id": "20260101-000005", "state": "refused", "version": None, "failed_node": None},
        **{"metric": "auc", "value": 0.95, "ran": 8, "cached": 0},
    }
    assert data["runs"][2]["failed_node"] == "ExampleValidator"


def test_missing_store_says_how_to_begin(tmp_path):
    configuration(tmp_path)
    result = call(tmp_path)
    expected = f"No runs of taxi yet. Next: penstock run --config {tmp_path / 'pipeline.toml'}\n"
    assert (result.exit_code, result.stdout) == (0, expected)
    assert json.loads(call(tmp_path, "--json").stdout) == {
        **{"document_version": 1, "pipeline": "taxi", "total": 0, "runs": []}
    }


def test_store_that_is_not_sqlite_is_refused(tmp_path):
    config = configuration(tmp_path)
    config.metadata_file.parent.mkdir()
    config.metadata_file.write_text("no database at all " * 100)
    result = call(tmp_path)
    assert isinstance(result.exception, StoreError)
    assert result.stdout == ""
