"""Commands that are told say which pipeline is meant, whatever the names in them."""

import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.commands import complete, complete_error, completing
from cli.options import DEFAULT_CONFIG, ConfigOption, SetOption
from pipeline.errors import ConfigError, PenstockError
from tests.cli.calling import penstock

OTHER = Path("my files/other.toml")
NAMES = ["paid by", "it's", 'say "x"', "a`b", "größe", "--all"]


def test_a_command_without_options_stays_as_it_is():
    assert complete("penstock run", DEFAULT_CONFIG) == "penstock run"


def test_options_are_quoted_and_passwords_left_out():
    told = complete("penstock run", OTHER, ["data.source=mysql://me:secret@db/x", "name=it's"])
    assert shlex.split(told)[2:6] == ["--config", str(OTHER), "--set", "data.source=mysql://me@db/x"]
    assert shlex.split(told)[6:] == ["--set", "name=it's"]


def test_a_key_that_the_command_sets_is_not_set_again():
    told = complete("penstock run --set drift.fail_on=never", OTHER, ["drift.fail_on=error", "name=x"])
    assert shlex.split(told)[2:] == ["--set", "drift.fail_on=never", "--config", str(OTHER), "--set", "name=x"]


@pytest.mark.parametrize("name", NAMES)
def test_commands_in_an_error_are_completed(name):
    command = shlex.join(["penstock", "schema", "accept", name])
    error = PenstockError("x", next_step=f"mend it, `{command}`, or `penstock run`; set `file = 'x'`")
    complete_error(error, OTHER)
    given = " --config 'my files/other.toml'"
    assert error.next_step == f"mend it, `{command}{given}`, or `penstock run{given}`; set `file = 'x'`"


def test_a_verb_keeps_its_options_and_its_errors_tell_whole_commands():
    @completing
    def verb(config: ConfigOption = DEFAULT_CONFIG, settings: SetOption = None) -> None:
        raise ConfigError("a run", next_step="write `penstock run`")

    app = typer.Typer()
    app.command()(verb)
    result = CliRunner().invoke(app, ["--config", "other.toml", "--set", "name=x"])
    assert isinstance(result.exception, ConfigError)
    assert result.exception.next_step == "write `penstock run --config other.toml --set name=x`"


@pytest.mark.parametrize("verb", ["show", "resume", "lineage"])
def test_the_verbs_complete_what_their_errors_tell(tmp_path, verb):
    (tmp_path / "other.toml").write_text(
        'name = "rides"\n[data]\nsource = "rides.csv"\nlabel = "y"\n[features]\nx = "numeric"\n'
        '[evaluation]\nmetric = "auc"\nmin = 0.5\n[push]\ndirectory = "models"\n'
    )
    done = penstock(tmp_path, verb, "--config", "other.toml")
    assert done.returncode == 2
    assert "`penstock run --config other.toml`" in done.stderr
