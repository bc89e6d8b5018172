"""A runner as a plain script: `python -m pipeline.runners.beam --config pipeline.toml`.

`penstock run` starts the same script as its worker, with three more arguments.
"""

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from typing import Any

from penstock.config.config import Config
from penstock.config.loading import load
from penstock.core.errors import PenstockError
from penstock.core.files import temporary_folder
from penstock.core.privacy import keep_private
from penstock.core.process import end_with_parent
from penstock.core.text import guard_streams, printable
from pipeline import session
from pipeline.plan import RunOptions, prepare_imports
from pipeline.session import InProcess, Launch, Updates
from pipeline.worker import reporting, serve


def main(runner: Callable[[Any], None]) -> None:
    """Run the configured pipeline and print one line; exit as `penstock run` does.

    Args:
        runner: Runs a compiled pipeline.
    """
    keep_private()
    guard_streams()
    arguments = _arguments()
    if arguments.parent:
        end_with_parent(arguments.parent)
    code = _code(InProcess(runner), arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of TensorFlow and gRPC may crash in an orderly exit; all results are on disk.
    os._exit(code)


class _Printed(Updates):
    """Prints the lines about moved or damaged files, and about a run that does other than asked."""

    def repaired(self, line: str) -> None:
        """Print the line."""
        sys.stdout.write(f"{line}\n")

    noted = repaired


def _code(launch: InProcess, arguments: argparse.Namespace) -> int:
    """Run the pipeline, or as a worker the requested nodes, and return the exit code."""
    try:
        config = load(arguments.config, arguments.set)
        if not arguments.worker:
            return _run(config, launch)
        prepare_imports()
        options = serve(config, arguments.worker)
        with reporting(arguments.report):
            launch.run(config, options)
        return 0
    except PenstockError as error:
        if arguments.worker:
            traceback.print_exception(error)
        sys.stderr.write("\n".join(["", str(error), *map(printable, error.details), ""]))
        return error.exit_code


def _run(config: Config, launch: Launch) -> int:
    with temporary_folder() as folder:
        # This process ends without an orderly exit, which would leave the code that TensorFlow generates.
        tempfile.tempdir = str(folder)
        finished = session.run(config, RunOptions(), launch, _Printed())
    sys.stdout.write(f"run {finished.id}: {finished.state}\n")
    return 3 if finished.state == "refused" else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run the configured pipeline.")
    parser.add_argument("--config", default="pipeline.toml", help="configuration file")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a key")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--report", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()
