"""The runner `local`: the nodes one after the other in this process."""

from typing import Any


def launch(ir: Any) -> None:
    """Run a compiled pipeline with TFX's LocalDagRunner."""
    from tfx.orchestration.local.local_dag_runner import LocalDagRunner

    LocalDagRunner().run_with_ir(ir)


if __name__ == "__main__":
    from pipeline.runners.script import main

    main(launch)
