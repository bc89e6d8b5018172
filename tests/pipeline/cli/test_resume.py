"""`penstock resume`: the last failed or killed run is continued."""

import pytest
import typer
from typer.testing import CliRunner

from penstock.core.errors import ConfigError
from penstock.registry.recording import notes
from penstock.registry.recording.experiment import started
from pipeline.cli import running
from pipeline.cli.resume import resume
from pipeline.plan import RunOptions
from tests.metadata_store import FAILED, StoreBuilder, configuration

app = typer.Typer()
app.command()(resume)


@pytest.fixture
def builder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return StoreBuilder(configuration(tmp_path))


def test_failed_run_is_resumed(builder, monkeypatch):
    calls = []
    monkeypatch.setattr(running, "run", lambda *arguments: calls.append(arguments) or 0)
    builder.whole_run("20260101-000001")
    builder.node("20260101-000002", "Trainer", state=FAILED)
    assert CliRunner().invoke(app, ["--json", "--set", "evaluation.min=0.5"]).exit_code == 0
    ((config, options, settings),) = calls
    assert options == RunOptions(resume="20260101-000002")
    assert (config.evaluation.min, settings.as_json, settings.overrides) == (0.5, True, ("evaluation.min=0.5",))


def test_finished_run_is_refused(builder):
    builder.whole_run("20260101-000001")
    result = CliRunner().invoke(app, [])
    assert isinstance(result.exception, ConfigError)
    assert "received run 20260101-000001, which ended: pushed; write `penstock run`." in str(result.exception)


def test_run_that_is_only_not_recorded_is_recorded(builder):
    builder.whole_run("20260101-000001")
    for outputs in (["--json"], []):
        notes.write(builder.config, started(builder.config, "20260101-000001"))
        result = CliRunner().invoke(app, outputs)
        assert result.exit_code == 0
        assert "taxi_nogit_" in result.stdout
    assert result.stdout.startswith("Recorded: taxi_nogit_")
    assert list(notes.read_all(builder.config)) == []


def test_store_without_a_run_is_refused(builder):
    result = CliRunner().invoke(app, [])
    assert isinstance(result.exception, ConfigError)
    assert "received no run" in str(result.exception)
