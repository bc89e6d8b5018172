"""The runner `local`: the nodes one after the other in this process."""

from typing import Any

from components.tfx_internals import run_locally
from pipeline.config import Config
from pipeline.execution import execute
from pipeline.lineage import Run
from pipeline.plan import RunOptions


def launch(ir: Any) -> None:
    """Run a compiled pipeline with TFX's LocalDagRunner."""
    run_locally(ir)


def run(config: Config, options: RunOptions) -> Run:
    """Run the configured pipeline."""
    return execute(config, options, launch)


if __name__ == "__main__":
    from pipeline.runners.script import main

    main(launch)
