"""The runner `beam`: the nodes as steps of a Beam pipeline, scheduled by Beam."""

from typing import Any

from components.tfx_internals import run_on_beam


def launch(ir: Any) -> None:
    """Run a compiled pipeline with TFX's BeamDagRunner."""
    run_on_beam(ir)


if __name__ == "__main__":
    from pipeline.runners.script import main

    main(launch)
