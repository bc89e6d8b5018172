"""The commands of the registry in this process, as a person calls them."""

from typer.testing import CliRunner

from penstock.core.errors import PenstockError
from pipeline.cli.app import app


def command(folder, *words, code=0):
    """Run a command with the configuration of a folder; return its output, or its error in one sentence."""
    result = CliRunner().invoke(app, [*words, "--config", str(folder / "pipeline.toml")])
    if isinstance(result.exception, PenstockError):
        assert result.exception.exit_code == code
        return str(result.exception)
    assert result.exit_code == code, result.output
    return result.output
