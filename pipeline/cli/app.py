"""The `penstock` command with all its verbs."""

from typing import Annotated

import typer

from pipeline.cli.commands import handles_errors
from pipeline.cli.compare import compare
from pipeline.cli.compile import compile
from pipeline.cli.dashboard import dashboard
from pipeline.cli.deploy import app as deploy
from pipeline.cli.doctor import doctor
from pipeline.cli.drift import drift
from pipeline.cli.experiments import app as experiments
from pipeline.cli.fsck import fsck
from pipeline.cli.init import init
from pipeline.cli.lineage import lineage
from pipeline.cli.models import app as models
from pipeline.cli.predict import predict
from pipeline.cli.printing import print_lines
from pipeline.cli.registry import app as registry
from pipeline.cli.report import report
from pipeline.cli.resume import resume
from pipeline.cli.run import run
from pipeline.cli.runs import runs
from pipeline.cli.sample import sample
from pipeline.cli.schema import app as schema
from pipeline.cli.score import score
from pipeline.cli.serve_models import serve
from pipeline.cli.show import show
from pipeline.cli.submit import submit
from pipeline.cli.token import app as token
from pipeline.cli.verify import verify
from pipeline.cli.workers import workers

app = typer.Typer(
    name="penstock",
    help="Turn a table with a label into a validated, gated and pushed model with lineage.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for verb in (
    *(init, sample, run, resume, compile, submit, runs, show, compare, report, lineage, predict),
    *(score, serve, drift, dashboard, verify, doctor, fsck, workers),
):
    app.command()(handles_errors(verb))
_GROUPS = {
    **{"models": models, "experiments": experiments, "schema": schema, "registry": registry, "token": token},
    "deploy": deploy,
}
for name, group in _GROUPS.items():
    app.add_typer(group, name=name)


def _print_version(requested: bool) -> None:
    if requested:
        from importlib.metadata import version

        print_lines(f"penstock {version('penstock')}")
        raise typer.Exit


@app.callback()
def penstock(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Turn a table with a label into a validated, gated and pushed model with lineage."""
