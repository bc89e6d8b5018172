"""The `penstock` command."""

import os
import sys
from typing import Annotated

import typer

from cli.commands import completing
from cli.compile import compile
from cli.doctor import doctor
from cli.fsck import fsck
from cli.init import init
from cli.lineage import lineage
from cli.predict import predict
from cli.printing import tell, tell_error, tell_json
from cli.resume import resume
from cli.run import run
from cli.runs import runs
from cli.sample import sample
from cli.schema import app as schema
from cli.show import show
from pipeline.errors import PenstockError, from_system
from pipeline.privacy import keep_private
from pipeline.text import guard_streams

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


def main() -> None:
    """Run the command; print an error of ours as one sentence and exit with its code."""
    code: int | str | None = 0
    keep_private()
    guard_streams()
    try:
        app()
    except PenstockError as error:
        code = _report(error)
    except (OSError, MemoryError) as error:
        code = _report(from_system(error), error)
    except KeyboardInterrupt:
        tell_error(["Interrupted."])
        code = 1
    except SystemExit as ended:
        code = ended.code
    sys.stdout.flush()
    sys.stderr.flush()
    # Worker threads of Beam and TensorFlow may still be about; everything that counts is on the disk.
    os._exit(code if isinstance(code, int) else 0)


def _report(error: PenstockError, cause: BaseException | None = None) -> int:
    if "--debug" in sys.argv:
        import traceback

        traceback.print_exception(cause or error)
    if "--json" in sys.argv:
        tell_json({"state": "failed", "error": error.as_dict()})
        return error.exit_code
    tell_error([str(error), *(f"  {line}" for line in error.details)])
    return error.exit_code


if __name__ == "__main__":
    main()
