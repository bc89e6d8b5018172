"""The verbs of the `penstock` command."""

from typing import Annotated

import typer

from cli.commands import completing
from cli.compile import compile
from cli.doctor import doctor
from cli.fsck import fsck
from cli.init import init
from cli.lineage import lineage
from cli.predict import predict
from cli.printing import tell
from cli.resume import resume
from cli.run import run
from cli.runs import runs
from cli.sample import sample
from cli.schema import app as schema
from cli.show import show

app = typer.Typer(
    name="penstock",
    help="A table with a label in; a validated, gated, pushed model with its lineage out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for verb in (init, sample, run, resume, compile, runs, show, lineage, predict, doctor, fsck):
    app.command()(completing(verb))
app.add_typer(schema, name="schema")


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        tell(f"penstock {version('penstock')}")
        raise typer.Exit


@app.callback()
def penstock(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """A table with a label in; a validated, gated, pushed model with its lineage out."""
