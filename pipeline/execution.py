"""Carrying out a run: one at a time, clean after an interruption, recorded whatever happens."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline import lineage
from pipeline.config import Config
from pipeline.diversion import own_arguments
from pipeline.errors import NodeError, PenstockError, from_chain
from pipeline.interruption import interruptible, is_interrupted
from pipeline.locks import only_run, worker_lock
from pipeline.plan import RunOptions, check_nodes, compile_plan
from pipeline.preflight import prepare
from pipeline.snapshots import held, place_of, within_run
from pipeline.stopped import stopped
from pipeline.unchanged import key, note_start, record_key, repeat
from tables.rows import discard
from tables.spill import remove_orphans

Launch = Callable[[Any], None]


def execute(config: Config, options: RunOptions, launch: Launch) -> lineage.Run:
    """Run the pipeline in this process and return what the metadata store says of it.

    Args:
        config: The configuration.
        options: The run's name, and which nodes it is to run.
        launch: Runs the compiled pipeline, TFX's intermediate representation.

    Raises:
        ConfigError, StoreError: The run cannot start; nothing was recorded.
        NodeError: A node failed; what the nodes before it gave is kept.
        Interrupted: The run was stopped from outside.
    """
    return carry_out(config, options, lambda: work(config, options, launch))


def carry_out(config: Config, options: RunOptions, work_through: Callable[[], None]) -> lineage.Run:
    """Do what belongs around a run, and have `work_through` run its nodes, here or in another process."""
    check_nodes(config, options)
    prepare(config)
    with only_run(config), interruptible(), held(config) as config:
        try:
            sweep(config)
            # Taken before the run: what changes in the middle of it must not pass for what it was made of.
            identity = key(config)
            if not repeat(config, options, identity):
                note_start(config, options, identity)
                work_through()
                if options.is_whole:
                    record_key(config, options.run_id, identity)
        except (KeyboardInterrupt, Exception) as error:
            sweep(config)
            if isinstance(error, KeyboardInterrupt) or is_interrupted():
                raise stopped(config, options) from None
            raise
    return lineage.run(config, options.run_id)


def work(config: Config, options: RunOptions, launch: Launch) -> None:
    """Run the nodes in this process.

    Raises:
        NodeError: A node failed.
    """
    with worker_lock(config), own_arguments():
        ir = compile_plan(within_run(config), options)
        try:
            launch(ir)
        except Exception as error:
            raise _node_error(config, options, error) from error


def log_file(config: Config, run_id: str) -> Path:
    """Return the file that takes what TensorFlow, Beam and absl log during a run."""
    return config.logs / f"{run_id}.log"


def sweep(config: Config) -> None:
    """Mark executions that no process runs any more as failed, and remove what they left half-written.

    Only to be called by the one run that holds the pipeline's lock.
    """
    remove_orphans()
    if not config.input.snapshot:
        discard(place_of(config))
    if not lineage.is_running(config):
        return
    # Only now, for it would take memory and time of a run that has nothing to sweep.
    from ml_metadata import MetadataStore
    from ml_metadata.proto import metadata_store_pb2

    from pipeline.store import connection_config

    store = MetadataStore(connection_config(config))
    context = store.get_context_by_type_and_name("pipeline", config.name)
    if context is None:
        return
    left = [e for e in store.get_executions_by_context(context.id) if e.last_known_state == lineage.RUNNING]
    for execution in left:
        execution.last_known_state = metadata_store_pb2.Execution.FAILED
    if left:
        store.put_executions(left)
    for execution in left:
        for pattern in (f"*/*/{execution.id}", f"*/.system/*/{execution.id}"):
            for folder in config.artifacts.glob(pattern):
                shutil.rmtree(folder, ignore_errors=True)


def _node_error(config: Config, options: RunOptions, error: Exception) -> NodeError:
    ours = from_chain(error)
    if ours:
        # Whatever it is, a node has failed of it: nodes before it ran.
        return ours if isinstance(ours, NodeError) else NodeError(*ours.args)
    first_line = next(iter(str(error).splitlines()), "")
    failed = failed_node(config, options)
    next_step = f"read {log_file(config, options.run_id)}, then `penstock resume`"
    if failed.startswith("node Evaluator"):
        next_step += (
            '; if the last blessed model has other columns or another task, set evaluation.baseline = "none" once'
        )
    return NodeError(failed, received=f"{type(error).__name__}: {first_line}"[:400], next_step=next_step)


def failed_node(config: Config, options: RunOptions) -> str:
    """Return `node NAME failed`, as far as the metadata store knows."""
    try:
        nodes = lineage.run(config, options.run_id).nodes
    except PenstockError:
        nodes = ()
    stopped = [node.id for node in nodes if node.state in ("failed", "running")]
    return f"node {stopped[-1]} failed" if stopped else "the run failed"
