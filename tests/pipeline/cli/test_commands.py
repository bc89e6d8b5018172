"""Suggested commands have the options that select the pipeline, and can be called as printed."""

import ast
import functools
import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from penstock.core.errors import ConfigError, PenstockError
from penstock.core.fingerprint import PACKAGES
from pipeline.cli.app import app as penstock_app
from pipeline.cli.commands import add_options_to_error, handles_errors, with_options
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, SetOption
from tests.pipeline.cli.command import PROJECT, penstock
from tests.sources import nodes_of

OTHER = Path("my files/other.toml")
NAMES = ["paid by", "it's", 'say "x"', "a`b", "größe", "--all"]


def test_command_without_options_is_not_changed():
    assert with_options("penstock run", DEFAULT_CONFIG) == "penstock run"


def test_options_are_quoted_and_passwords_left_out():
    command = with_options("penstock run", OTHER, ["data.source=mysql://me:secret@db/x", "name=it's"])
    assert shlex.split(command)[2:6] == ["--config", str(OTHER), "--set", "data.source=mysql://me@db/x"]
    assert shlex.split(command)[6:] == ["--set", "name=it's"]


@pytest.mark.parametrize(
    "setting",
    [
        " metadata.uri = mysql://me:secret@db/x",
        "data.source='mysql://me:secret@db/x'",
        'data={source="mysql://me:sec@ret@db/x"}',
        "metadata={uri='mysql://db/x?passwd=secret'}",
    ],
)
def test_password_is_removed_in_each_way_to_give_it(setting):
    command = with_options("penstock run", DEFAULT_CONFIG, [setting])
    assert "sec" not in command
    assert "ret@" not in command
    assert "db/x" in command


def test_a_query_is_repeated_as_it_was_given():
    query = "data.query=SELECT * FROM t WHERE page LIKE 'https://%:%' AND mail LIKE '%@x'"
    assert shlex.split(with_options("penstock run", DEFAULT_CONFIG, [query]))[2:] == ["--set", query]


def test_a_key_that_the_command_sets_is_not_set_again():
    command = with_options("penstock run --set drift.fail_on=never", OTHER, ["drift.fail_on=error", "name=x"])
    assert shlex.split(command)[2:] == ["--set", "drift.fail_on=never", "--config", str(OTHER), "--set", "name=x"]


@pytest.mark.parametrize("name", NAMES)
def test_commands_in_an_error_are_completed(name):
    command = shlex.join(["penstock", "schema", "accept", name])
    error = PenstockError("x", next_step=f"fix it, `{command}`, or `penstock run`; set `file = 'x'`")
    add_options_to_error(error, OTHER)
    given = " --config 'my files/other.toml'"
    assert error.next_step == f"fix it, `{command}{given}`, or `penstock run{given}`; set `file = 'x'`"


def test_command_of_the_pool_gets_no_options_that_it_has_not():
    error = PenstockError("the pool", next_step="start it with `penstock workers`, then `penstock resume`")
    add_options_to_error(error, DEFAULT_CONFIG, ["beam.timeout=5"])
    assert error.next_step == "start it with `penstock workers`, then `penstock resume --set beam.timeout=5`"


def test_verb_keeps_its_options_and_its_errors_have_complete_commands():
    @handles_errors
    def verb(config: ConfigOption = DEFAULT_CONFIG, settings: SetOption = None) -> None:
        raise ConfigError("a run", next_step="write `penstock run`")

    app = typer.Typer()
    app.command()(verb)
    result = CliRunner().invoke(app, ["--config", "other.toml", "--set", "name=x"])
    assert isinstance(result.exception, ConfigError)
    assert result.exception.next_step == "write `penstock run --config other.toml --set name=x`"


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["show", "resume", "lineage"])
def test_verb_completes_the_commands_in_its_errors(tmp_path, verb):
    (tmp_path / "other.toml").write_text(
        'name = "rides"\n[data]\nsource = "rides.csv"\nlabel = "y"\n[features]\nx = "numeric"\n'
        '[evaluation]\nmetric = "auc"\nmin = 0.5\n[push]\ndirectory = "models"\n'
    )
    done = penstock(tmp_path, verb, "--config", "other.toml")
    assert done.returncode == 2
    assert "`penstock run --config other.toml`" in done.stderr


def texts_of(source):
    """Yield the texts of a source file, docstrings among them; each interpolated value is replaced by 1."""
    parts = {id(part) for node in nodes_of(source) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes_of(source):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "1" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.value


@functools.cache
def suggested_commands():
    """Return each command that the sources name, with the file that does."""
    files = sorted(file for package in PACKAGES for file in (PROJECT / package).rglob("*.py"))
    sources = [(file, source) for file in files if "penstock " in (source := file.read_text())]
    found = {
        (command, file.relative_to(PROJECT).as_posix())
        for file, source in sources
        for text in texts_of(source)
        for command in re.findall(r"(?:^|`)penstock ([a-z][^`\n]*)(?:$|`)", text)
    }
    return sorted(found)


def test_many_commands_are_suggested():
    assert len(suggested_commands()) > 20


@pytest.fixture(scope="module")
def group():
    return typer.main.get_command(penstock_app)


def test_each_suggested_command_can_be_parsed(group):
    # In one test: as parameters, the commands would be looked for by every process that collects the tests.
    for command, file in suggested_commands():
        try:
            parse(group, command)
        except Exception as error:
            pytest.fail(f"{file}: {command}: {error!r}")


def parse(group, command):
    verb, *rest = shlex.split(command)
    found = group.commands[verb]
    if rest and rest[0] in getattr(found, "commands", {}):
        found, rest = found.commands[rest[0]], rest[1:]
    # A verb alone, as a sentence mentions it, may lack its arguments.
    found.make_context(verb, list(rest), resilient_parsing=not rest)
