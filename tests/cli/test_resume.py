"""`penstock resume`: the last run that failed or was killed goes on."""

import pytest
import typer
from typer.testing import CliRunner

from cli import running
from cli.resume import resume
from pipeline.errors import ConfigError
from pipeline.plan import RunOptions
from pipeline.snapshots import held
from pipeline.unchanged import key, note_start
from tests.pipeline.metadata_store import FAILED, StoreBuilder, configuration
from tests.pipeline.test_snapshots import SETTINGS, fill

app = typer.Typer()
app.command()(resume)


@pytest.fixture
def builder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return StoreBuilder(configuration(tmp_path))


def test_failed_run_goes_on_under_a_name_of_its_own(builder, monkeypatch):
    calls = []
    monkeypatch.setattr(running, "carry_out", lambda *arguments: calls.append(arguments) or 0)
    builder.whole_run("20260101-000001")
    builder.node("20260101-000002", "Trainer", state=FAILED)
    assert CliRunner().invoke(app, ["--json", "--set", "evaluation.min=0.5"]).exit_code == 0
    ((config, options, settings),) = calls
    assert options == RunOptions(options.run_id, resume=None)
    assert options.run_id > "20260101-000002"
    assert (config.evaluation.min, settings.as_json, settings.overrides) == (0.5, True, ("evaluation.min=0.5",))


@pytest.mark.e2e
def test_run_from_a_database_goes_on_while_its_rows_are_the_same(builder, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(running, "carry_out", lambda *arguments: calls.append(arguments) or 0)
    fill(tmp_path, [(1.0, 0)])
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    builder.node("20260101-000001", "Trainer", state=FAILED)
    with held(configuration(tmp_path, *SETTINGS)) as config:
        note_start(config, RunOptions("20260101-000001"), key(config))
    for rows in ([(1.0, 0)], [(2.0, 0)]):
        fill(tmp_path, rows)
        assert CliRunner().invoke(app, ["--json", *settings]).exit_code == 0
    assert [options.resume for _, options, _ in calls] == ["20260101-000001", None]
    # What it was decided by is what the run then reads.
    assert [config.input.snapshot for config, _, _ in calls] == [str(tmp_path / "state" / "taxi.rows")] * 2


def test_run_that_came_to_its_end_is_refused(builder):
    builder.whole_run("20260101-000001")
    result = CliRunner().invoke(app, [])
    assert isinstance(result.exception, ConfigError)
    assert "received run 20260101-000001, which ended: pushed; write `penstock run`." in str(result.exception)


def test_store_without_a_run_is_refused(builder):
    result = CliRunner().invoke(app, [])
    assert isinstance(result.exception, ConfigError)
    assert "received no run at all" in str(result.exception)
