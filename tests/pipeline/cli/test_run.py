"""`penstock run`: its options are passed to the run."""

import pytest
import typer
from typer.testing import CliRunner

from pipeline.cli import running
from pipeline.cli.run import run
from pipeline.plan import RunOptions
from tests.metadata_store import CONFIGURATION

app = typer.Typer()
app.command()(run)


@pytest.fixture
def called(tmp_path, monkeypatch):
    """Return the options that the command passes on; nothing runs."""
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION)
    monkeypatch.chdir(tmp_path)
    calls = []

    def remember(config, options, settings):
        calls.append((config, options, settings))
        return 3

    monkeypatch.setattr(running, "run", remember)
    return calls


def test_run_without_options_runs_everything_with_the_cache(called):
    assert CliRunner().invoke(app, []).exit_code == 3
    ((config, options, settings),) = called
    assert options == RunOptions()
    assert (settings.runner, settings.as_json, settings.debug, settings.overrides) == ("local", False, False, ())
    assert config.evaluation.min == 0.9


def test_options_given_reach_the_run(called):
    arguments = "--from Trainer --to Evaluator --no-cache --runner beam --json --debug"
    CliRunner().invoke(app, [*arguments.split(), "--set", "evaluation.min=0.5", "--set", "name=other"])
    ((config, options, settings),) = called
    assert options == RunOptions("", "Trainer", "Evaluator", cache=False)
    assert (settings.runner, settings.as_json, settings.debug) == ("beam", True, True)
    assert settings.overrides == ("evaluation.min=0.5", "name=other")
    assert (config.evaluation.min, config.name) == (0.5, "other")
