"""The runner `local`: the nodes one after the other in this process."""

from pipeline.config import Config
from pipeline.execution import execute
from pipeline.lineage import Run
from pipeline.plan import RunOptions


def run(config: Config, options: RunOptions) -> Run:
    """Run the pipeline with TFX's LocalDagRunner."""

    def launch(ir: object) -> None:
        from tfx.orchestration.local.local_dag_runner import LocalDagRunner

        LocalDagRunner().run_with_ir(ir)

    return execute(config, options, launch)


if __name__ == "__main__":
    from pipeline.runners.script import main

    main(run)
