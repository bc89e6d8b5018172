"""Carrying out a run: one at a time, clean after an interruption, recorded whatever happens."""

import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from glob import escape
from pathlib import Path
from typing import Any

from pipeline import lineage, ownership
from pipeline.config import Config
from pipeline.errors import NodeError, PenstockError, from_chain
from pipeline.interruption import interruptible, is_interrupted
from pipeline.kept import note
from pipeline.location import settle
from pipeline.locks import only_run, worker_lock
from pipeline.plan import RunOptions, check_nodes, compile_plan
from pipeline.preflight import prepare
from pipeline.privacy import private
from pipeline.process import own_arguments
from pipeline.repair import mark_failed, put_right
from pipeline.snapshots import held, place_of, within_run
from pipeline.stopped import stopped
from pipeline.unchanged import key, note_start, record_key, repeat, repeatable
from tables.disk import discard_folder, remove_orphans

Launch = Callable[[Any], None]


def print_line(line: str) -> None:
    """Print a line about what was moved or damaged."""
    sys.stdout.write(f"{line}\n")


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
    check_nodes(config, options)
    with private():
        prepare(config)
        named = replace(options, run_id=ownership.claimed(config, options.run_id))
    return carry_out(config, named, lambda: work(config, named, launch))


def carry_out(
    config: Config, options: RunOptions, work_through: Callable[[], None], tell: Callable[[str], None] = print_line
) -> lineage.Run:
    """Do what belongs around a run, and have `work_through` run its nodes, here or in another process.

    Args:
        config: The configuration.
        options: The run's name, and which nodes it is to run.
        work_through: Runs them.
        tell: Takes a line about each thing that was moved or damaged.
    """
    check_nodes(config, options)
    with private():
        prepare(config)
    with private(), ownership.held(config, options.run_id), only_run(config), interruptible(), held(config) as config:
        try:
            if line := settle(config.store):
                tell(line)
            sweep(config)
            _run_or_repeat(config, options, work_through, tell)
        except (KeyboardInterrupt, Exception) as error:
            _clean_up(config, options)
            if isinstance(error, KeyboardInterrupt) or is_interrupted():
                raise stopped(config, options) from None
            raise
    return lineage.run(config.store, options.run_id)


def _run_or_repeat(
    config: Config, options: RunOptions, work_through: Callable[[], None], tell: Callable[[str], None]
) -> None:
    # Taken before the run: what changes in the middle of it must not pass for what it was made of.
    identity = key(config)
    last = repeatable(config, options, identity)
    stands = put_right(config, last, tell, verify=options.verify)
    if last and stands:
        repeat(config, options, last)
        return
    note_start(config, options, identity)
    work_through()
    note(config)
    if options.is_whole:
        record_key(config, options.run_id, identity)


def _clean_up(config: Config, options: RunOptions) -> None:
    """Leave no execution of an ended run without an end, and note what its nodes gave before."""
    sweep(config, ended=options.run_id)
    with suppress(PenstockError):
        note(config)


def work(config: Config, options: RunOptions, launch: Launch) -> None:
    """Run the nodes in this process.

    Raises:
        NodeError: A node failed.
    """
    with private(), worker_lock(config), ownership.joined(config, options.run_id), own_arguments():
        ir = compile_plan(within_run(config), options)
        try:
            launch(ir)
        except Exception as error:
            raise _node_error(config, options, error) from error


def log_file(config: Config, run_id: str) -> Path:
    """Return the file that takes what TensorFlow, Beam and absl log during a run."""
    return config.logs / f"{run_id}.log"


def sweep(config: Config, ended: str | None = None) -> None:
    """Mark executions that no process runs any more as failed, and remove what they left half-written.

    Only to be called by the one run that holds the pipeline's lock. What a living run of another state's folder has
    under way in the same metadata store stays.

    Args:
        config: The configuration.
        ended: A run of this process that has ended.
    """
    remove_orphans()
    if not config.input.snapshot:
        discard_folder(place_of(config))
    running = lineage.running(config.store)
    dead = {run for run in {e.run for e in running} if run == ended or ownership.state_of(config, run) == "dead"}
    left = [execution for execution in running if execution.run in dead]
    if left:
        mark_failed(config, [execution.id for execution in left])
    for run in dead - {ended}:
        ownership.forget(config, run)
    for execution in left:
        for folder in _made_by(config.artifacts, execution.node, execution.id):
            shutil.rmtree(folder, ignore_errors=True)


def _made_by(artifacts: Path, node: str, execution: int) -> list[Path]:
    """Return the folders that an execution's node made, where TFX puts them; none behind a symbolic link is ours."""
    patterns = [f"{escape(node)}/{places}/{execution}" for places in ("*", ".system/*")]
    found = [folder for pattern in patterns for folder in artifacts.glob(pattern)]
    return [folder for folder in found if folder.resolve() == artifacts.resolve() / folder.relative_to(artifacts)]


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
        nodes = lineage.run(config.store, options.run_id).nodes
    except PenstockError:
        nodes = ()
    stopped = [node.id for node in nodes if node.state in ("failed", "running")]
    return f"node {stopped[-1]} failed" if stopped else "the run failed"
