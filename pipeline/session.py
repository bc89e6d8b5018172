"""A run from its checks to its result: the one path that the command, the scripts and the notebooks' tools take.

The steps, in their order: the checks that need no rows, the pipeline's lock, the rows of a database, the check of the
table, the run's name, what killed runs left, the comparison with the last run, then its repeat or the nodes.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from glob import escape
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from filelock import FileLock, Timeout

from penstock.config.config import Config
from penstock.core.errors import Interrupted, NodeError, PenstockError, StoreError, from_chain
from penstock.core.files import discard_folder, remove_orphans
from penstock.core.interruption import interrupted, interruptible, is_interrupted
from penstock.core.privacy import private
from penstock.core.process import hidden_arguments
from penstock.integrity import run_locks
from penstock.integrity.artifacts import write_manifests
from penstock.integrity.repair import mark_failed, repair_damage
from penstock.metadata import lineage
from penstock.metadata.location import follow_moved_project
from pipeline.plan import RunOptions, check_nodes, compile_plan, new_run_id
from pipeline.preflight import check_inputs, check_store, check_writable, prepare
from pipeline.repeat import can_repeat, key, note_start, record_key, repeat, repeatable, same_as_started
from pipeline.snapshots import place_of, snapshot, within_run

P = ParamSpec("P")
R = TypeVar("R")

# How long a new run waits for the worker of one that was killed to notice and end.
WORKER_WAIT_SECONDS = 15.0
_ENDED = ("pushed", "refused")


class Updates:
    """What a run says while it goes on, for whoever shows it; here nothing is shown."""

    def reading(self, name: str) -> None:
        """Take the name of the rows of a database that are about to be fetched."""

    def checked(self, notes: tuple[str, ...], warnings: tuple[str, ...]) -> None:
        """Take what the check of the table found worth saying."""

    def started(self, options: RunOptions) -> None:
        """Take the options of the run, which has a name from now on."""

    def repaired(self, line: str) -> None:
        """Take a line about something that was moved or damaged."""

    def nodes(self, run: lineage.Run) -> None:
        """Take the run as the metadata store knows it now."""


class Launch:
    """How the nodes of a run are run: in this process, or in one of their own."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Leave nothing behind that runs."""

    def start(self) -> None:
        """Begin with what takes long and needs no run yet, such as imports."""

    def call(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Return what a function returns that brings large libraries into the process that it runs in."""
        return function(*arguments, **named)

    def run(self, config: Config, options: RunOptions, watch: Callable[[], None]) -> None:
        """Run the nodes and return when they have run.

        Args:
            config: The configuration.
            options: The run's name, and which nodes it is to run.
            watch: To be called now and then meanwhile, where the nodes run in another process.

        Raises:
            PenstockError: A node failed.
        """
        raise NotImplementedError


class InProcess(Launch):
    """Runs the nodes in this process."""

    def __init__(self, runner: Callable[[Any], None]) -> None:
        """Take what runs the compiled pipeline, TFX's intermediate representation."""
        self._runner = runner

    def run(self, config: Config, options: RunOptions, watch: Callable[[], None] = lambda: None) -> None:
        """Run the nodes; ML Metadata's copy of SQLite is in this process, so nothing else looks at the store."""
        with private(), worker_lock(config), run_locks.share_lock(config, options.run_id), hidden_arguments():
            ir = compile_plan(within_run(config), options)
            try:
                self._runner(ir)
            except Exception as error:
                raise _node_error(config, options, error) from error


def run(config: Config, options: RunOptions, launch: Launch, on_update: Updates | None = None) -> lineage.Run:
    """Run the pipeline, or repeat its last run, and return what the metadata store says of it.

    Args:
        config: The configuration.
        options: The run's name, and which nodes it is to run.
        launch: How they are run.
        on_update: Takes what there is to show.

    Raises:
        ConfigError, DataError, StoreError: The run cannot start; nothing was recorded.
        NodeError: A node failed; what the nodes before it gave is kept.
        Interrupted: The run was stopped from outside.
    """
    on_update = on_update or Updates()
    check_nodes(config, options)
    check_store(config)
    options = replace(options, run_id=options.run_id or new_run_id(config))
    with interruptible(), private():
        try:
            with launch, run_lock(config), snapshot(config, on_update.reading) as config:
                if not can_repeat(config, options):
                    launch.start()
                on_update.checked(*launch.call(_check, config))
                prepare(config)
                options = replace(options, run_id=run_locks.claim_name(config, options.run_id))
                with run_locks.hold_lock(config, options.run_id):
                    on_update.started(options)
                    return _to_the_end(config, options, launch, on_update)
        except (KeyboardInterrupt, Exception) as error:
            if isinstance(error, KeyboardInterrupt) or is_interrupted():
                raise stopped(config, options) from None
            raise


def _check(config: Config) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Check the table and return notes and warnings alone: the rest would bring DuckDB and Arrow with it."""
    checked = check_inputs(config)
    return checked.notes, checked.warnings


def _to_the_end(config: Config, options: RunOptions, launch: Launch, on_update: Updates) -> lineage.Run:
    """Run or repeat the nodes of a run that has its lock and its name; whatever happens, none is left running."""
    watch = _Watch(config, options, on_update)
    try:
        if line := follow_moved_project(config.store):
            on_update.repaired(line)
        sweep(config)
        _run_or_repeat(config, options, launch, watch)
    except (KeyboardInterrupt, Exception):
        sweep(config, ended=options.run_id)
        with suppress(PenstockError):
            write_manifests(config)
        raise
    finally:
        watch.look()
    return lineage.run(config.store, options.run_id)


def _run_or_repeat(config: Config, options: RunOptions, launch: Launch, watch: "_Watch") -> None:
    # Taken before the run: what changes in the middle of it must not pass for what it was made of.
    identity = key(config)
    if options.resume and not same_as_started(config, options.resume, identity):
        # With other data, settings or code a finished node counts only if the cache finds it unchanged.
        options = replace(options, resume=None)
    last = repeatable(config, options, identity)
    stands = repair_damage(config, last, watch.on_update.repaired, verify=options.verify)
    if last and stands:
        repeat(config, options, last)
        return
    note_start(config, options, identity)
    launch.run(config, options, watch)
    write_manifests(config)
    if options.is_whole:
        record_key(config, options.run_id, identity)


class _Watch:
    """Shows a run while its nodes run in another process, and notes what the files of new artifacts are.

    They are noted at once: what happens to them later is damage. Only meanwhile is the store read so: this process
    writes to it before and after.
    """

    def __init__(self, config: Config, options: RunOptions, on_update: Updates) -> None:
        self.on_update = on_update
        self._config, self._run_id = config, options.run_id
        self._noted: set[int] = set()

    def __call__(self) -> None:
        self.look()
        with suppress(PenstockError, OSError):  # the end of the run notes what is left
            nodes = lineage.run(self._config.store, self._run_id).nodes
            made = {artifact.id for node in nodes for artifact in node.outputs} - self._noted
            if made:
                write_manifests(self._config, made)
                self._noted |= made

    def look(self) -> None:
        """Show the run as it is now."""
        with suppress(PenstockError):  # before its first node starts the store does not know the run
            self.on_update.nodes(lineage.run(self._config.store, self._run_id))


@contextmanager
def run_lock(config: Config) -> Iterator[None]:
    """Hold the pipeline for a run, or for whoever else changes what runs keep.

    Raises:
        ConfigError: The state's folder cannot be written.
        StoreError: Another run has it.
    """
    check_writable("state.directory", config.state_folder)
    lock = FileLock(config.state_folder / f"{config.name}.lock")
    try:
        lock.acquire(timeout=0)
        # The worker of a run that was killed ends soon after it; until then it may still write.
        with worker_lock(config):
            pass
    except Timeout:
        lock.release()
        raise StoreError(
            f"pipeline {config.name}", "no other run of it", "one that is under way", "wait for it to end"
        ) from None
    try:
        yield
    finally:
        lock.release()


def worker_lock(config: Config) -> FileLock:
    """Return the lock that whoever runs nodes holds, so that no two ever do."""
    return FileLock(config.state_folder / f"{config.name}.worker.lock", timeout=WORKER_WAIT_SECONDS)


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
    dead = {run for run in {e.run for e in running} if run == ended or run_locks.run_state(config, run) == "dead"}
    left = [execution for execution in running if execution.run in dead]
    if left:
        mark_failed(config, [execution.id for execution in left])
    for run in dead - {ended}:
        run_locks.remove_lock(config, run)
    for execution in left:
        for folder in _made_by(config.artifacts, execution.node, execution.id):
            shutil.rmtree(folder, ignore_errors=True)


def _made_by(artifacts: Path, node: str, execution: int) -> list[Path]:
    """Return the folders that an execution's node made, where TFX puts them; none behind a symbolic link is ours."""
    patterns = [f"{escape(node)}/{places}/{execution}" for places in ("*", ".system/*")]
    found = [folder for pattern in patterns for folder in artifacts.glob(pattern)]
    return [folder for folder in found if folder.resolve() == artifacts.resolve() / folder.relative_to(artifacts)]


def log_file(config: Config, run_id: str) -> Path:
    """Return the file that takes what TensorFlow, Beam and absl log during a run."""
    return config.logs / f"{run_id}.log"


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


def stopped(config: Config, options: RunOptions) -> Interrupted:
    """Return the error for an interrupted run, of which nothing is running any more: how far it came, how to go on."""
    what = f"run {options.run_id}"
    try:
        found = lineage.run(config.store, options.run_id)
    except PenstockError:
        return interrupted(what, "before its first node", "nothing of it was kept, start it again")
    if found.state in _ENDED:
        return interrupted(
            what, f"when it was {found.state} already", f"`penstock show {found.id}` shows what came out"
        )
    node = next((node.id for node in found.nodes if node.state == "failed"), None)
    when = f"during {node}" if node else f"after {found.nodes[-1].id}" if found.nodes else "before its first node"
    return interrupted(what, when, "`penstock resume` goes on from there")
