"""A runner as a plain script: `python -m pipeline.runners.beam --config pipeline.toml`."""

import argparse
import sys
from collections.abc import Callable

from pipeline.config import Config, load
from pipeline.errors import PenstockError
from pipeline.lineage import Run
from pipeline.plan import RunOptions, new_run_id


def main(run: Callable[[Config, RunOptions], Run]) -> None:
    """Run the configured pipeline and print one line; exit as `penstock run` does."""
    parser = argparse.ArgumentParser(description="Run the configured pipeline.")
    parser.add_argument("--config", default="pipeline.toml", help="configuration file")
    arguments = parser.parse_args()
    try:
        config = load(arguments.config)
        found = run(config, RunOptions(new_run_id(config)))
    except PenstockError as error:
        sys.stderr.write("\n".join(["", str(error), *error.details, ""]))
        sys.exit(error.exit_code)
    sys.stdout.write(f"run {found.id}: {found.state}\n")
    sys.exit(3 if found.state == "refused" else 0)
