"""The runner `local`: the nodes one after the other in this process."""

from typing import Any

from components.tfx_internals import run_locally


def launch(ir: Any) -> None:
    """Run a compiled pipeline with TFX's LocalDagRunner."""
    run_locally(ir)


if __name__ == "__main__":
    from pipeline.runners.script import main

    main(launch)
