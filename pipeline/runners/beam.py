"""The runner `beam`: the nodes as steps of a Beam pipeline, scheduled by Beam."""

from typing import Any


def launch(ir: Any) -> None:
    """Run a compiled pipeline with TFX's BeamDagRunner."""
    from tfx.orchestration.beam.beam_dag_runner import BeamDagRunner

    BeamDagRunner().run_with_ir(ir)


if __name__ == "__main__":
    from pipeline.runners.script import main

    main(launch)
