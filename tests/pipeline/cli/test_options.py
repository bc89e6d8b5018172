"""The options that several verbs share."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption

app = typer.Typer()


@app.command()
def verb(
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    typer.echo(repr((str(config), settings, as_json, debug)))


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        ([], ("pipeline.toml", None, False, False)),
        (["--config", "other.toml", "--json", "--debug"], ("other.toml", None, True, True)),
        (["--set", "a=1", "--set", "b=x y"], ("pipeline.toml", ["a=1", "b=x y"], False, False)),
    ],
)
def test_options_are_read_as_written(arguments, values):
    assert CliRunner().invoke(app, arguments).stdout == f"{values!r}\n"


def test_default_configuration_is_the_one_that_the_loader_takes():
    from penstock.config.loading import DEFAULT_FILE

    assert Path(DEFAULT_FILE) == DEFAULT_CONFIG
