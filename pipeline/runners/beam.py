"""The runner `beam`: the nodes as steps of a Beam pipeline, scheduled by Beam."""

from pipeline.config import Config
from pipeline.execution import execute
from pipeline.lineage import Run
from pipeline.plan import RunOptions


def run(config: Config, options: RunOptions) -> Run:
    """Run the pipeline with TFX's BeamDagRunner."""

    def launch(ir: object) -> None:
        from tfx.orchestration.beam.beam_dag_runner import BeamDagRunner

        BeamDagRunner().run_with_ir(ir)

    return execute(config, options, launch)


if __name__ == "__main__":
    from pipeline.runners.script import main

    main(run)
