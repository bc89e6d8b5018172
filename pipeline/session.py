"""A run from its checks to its result: the one code path of the command and the scripts.

The steps, in order: the checks without rows, the lock of the pipeline, the snapshot of a database, the check of the
table, the name of the run, the clean-up after killed runs, the comparison with the last run, then its repeat or the
nodes.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from filelock import FileLock, Timeout

from penstock.config.config import Baseline, Config
from penstock.core.errors import Interrupted, NodeError, PenstockError, StoreError, from_chain
from penstock.core.files import discard_folder, remove_orphans
from penstock.core.interruption import interrupted, interruptible, is_interrupted
from penstock.core.privacy import private
from penstock.core.process import hidden_arguments
from penstock.integrity import run_locks
from penstock.integrity.artifacts import output_folders, write_manifests
from penstock.integrity.repair import mark_failed, repair_damage
from penstock.metadata import lineage
from penstock.metadata.location import follow_moved_project
from penstock.metadata.type_names import rename_earlier_types
from pipeline.plan import RunOptions, check_earlier_run, check_nodes, compile_plan, new_run_id
from pipeline.preflight import check_cluster, check_inputs, check_store, check_writable, notes_on_cluster, prepare
from pipeline.recording import (
    Recording,
    Running,
    has_unrecorded,
    keep_rows,
    preload,
    record_earlier,
    recorded,
    with_default,
)
from pipeline.repeat import can_repeat, key, note_start, record_key, repeat, repeatable, started_key
from pipeline.reporting import Reported, analyse_model, report_run
from pipeline.snapshots import snapshot, snapshot_folder, with_snapshot

P = ParamSpec("P")
R = TypeVar("R")

# How long a new run waits for the worker of one that was killed to notice and end.
WORKER_WAIT_SECONDS = 15.0
_ENDED = ("pushed", "refused")
_CHANGED = "Data, settings, code or packages changed since run {run}: the cache decides."


class Updates:
    """The events of a run; a subclass shows them, this class shows nothing."""

    def reading(self, name: str) -> None:
        """Receive the name of the rows of a database before they are fetched."""

    def checked(self, notes: tuple[str, ...], warnings: tuple[str, ...]) -> None:
        """Receive the notes and the warnings of the check of the table."""

    def started(self, options: RunOptions) -> None:
        """Receive the options of the run, which now has a name."""

    def repaired(self, line: str) -> None:
        """Receive a line about files that were moved or damaged."""

    def noted(self, line: str) -> None:
        """Receive a line about what the run does other than asked."""

    def nodes(self, run: lineage.Run) -> None:
        """Receive the run in the present state of the metadata store."""

    def recorded(self, recording: Recording) -> None:
        """Receive what became of the record of the run in the registry."""

    def reported(self, report: Reported) -> None:
        """Receive where the report of the run is, or why there is none."""


class Launch:
    """The way to run the nodes: in this process, or in a separate one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End everything that was started."""

    def start(self) -> None:
        """Start slow work that does not depend on the run, such as imports."""

    def peak_memory(self) -> int | None:
        """Return the peak memory in bytes of the nodes' process since the last call; None if it is not measured."""
        return None

    def call(self, work: Callable[[], object], function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Return the result of a function that imports large libraries into its process, and do some work meanwhile."""
        work()
        return function(*arguments, **named)

    def run(self, config: Config, options: RunOptions, watch: Callable[[], None]) -> None:
        """Run the nodes and return when they have finished.

        Args:
            config: The configuration.
            options: The name of the run, and the nodes to run.
            watch: Called repeatedly meanwhile if the nodes run in another process.

        Raises:
            PenstockError: A node failed.
        """
        raise NotImplementedError


class InProcess(Launch):
    """Runs the nodes in this process."""

    def __init__(self, runner: Callable[[Any], None]) -> None:
        """Take the function that runs a compiled pipeline, TFX's intermediate representation."""
        self._runner = runner

    def run(self, config: Config, options: RunOptions, watch: Callable[[], None] = lambda: None) -> None:
        """Run the nodes; ML Metadata's copy of SQLite is in this process, so nothing else reads the store meanwhile."""
        with private(), worker_lock(config), run_locks.share_lock(config, options.run_id), hidden_arguments():
            config = with_snapshot(config, snapshot_folder(config))
            config = config.with_baseline(Baseline(*options.baseline) if options.baseline else None)
            ir = compile_plan(config, options)
            check_cluster(config)
            try:
                self._runner(ir)
            except Exception as error:
                failure = _node_error(config, options, error)
                analyse_model(config, options.run_id)
                raise failure from error
            analyse_model(config, options.run_id)


def run(config: Config, options: RunOptions, launch: Launch, on_update: Updates | None = None) -> lineage.Run:
    """Run the pipeline, or repeat its last run, and return the run from the metadata store.

    Args:
        config: The configuration.
        options: The name of the run, and the nodes to run.
        launch: The way to run them.
        on_update: Receives the events of the run.

    Raises:
        ConfigError, DataError, StoreError: The run cannot start; nothing was recorded.
        NodeError: A node failed; the outputs of earlier nodes are kept.
        Interrupted: The run was interrupted.
    """
    on_update = on_update or Updates()
    check_nodes(config, options)
    check_store(config)
    check_earlier_run(config, options)
    options = replace(options, run_id=options.run_id or new_run_id(config))
    with interruptible(), private():
        try:
            with launch, run_lock(config), snapshot(config, on_update.reading) as config:
                repeats = can_repeat(config, options)
                if not repeats:
                    launch.start()
                on_update.checked(*launch.call(partial(preload, config, needed=repeats), _check, config))
                prepare(config)
                config = with_default(config)
                name, baseline = run_locks.claim_name(config, options.run_id), config.baseline
                options = replace(options, run_id=name, baseline=astuple(baseline) if baseline else ())
                with run_locks.hold_lock(config, options.run_id):
                    on_update.started(options)
                    return _recorded(config, options, launch, on_update)
        except (KeyboardInterrupt, Exception) as error:
            if isinstance(error, KeyboardInterrupt) or is_interrupted():
                raise interruption_of(config, options) from None
            raise


def _check(config: Config) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Check the table and return only notes and warnings, which can be unpickled without DuckDB and Arrow."""
    checked = check_inputs(config)
    return (*checked.notes, *notes_on_cluster(config)), checked.warnings


def _recorded(config: Config, options: RunOptions, launch: Launch, on_update: Updates) -> lineage.Run:
    """Run or repeat the nodes, and record the run in the registry, however it ends."""
    running = Running()
    try:
        with recorded(config, options.run_id, running):
            try:
                return _execute(config, options, launch, _Watch(config, options, on_update, (launch, running)))
            except (KeyboardInterrupt, Exception) as error:
                if isinstance(error, KeyboardInterrupt) or is_interrupted():
                    raise interruption_of(config, options) from None
                raise
    finally:
        if running.result:
            on_update.recorded(running.result)
        if not is_interrupted() and (report := report_run(config, options.run_id)):
            on_update.reported(report)


def _execute(config: Config, options: RunOptions, launch: Launch, watch: "_Watch") -> lineage.Run:
    """Run or repeat the nodes; after an error no execution is left in the state running."""
    on_update = watch.on_update
    try:
        if line := follow_moved_project(config.store):
            on_update.repaired(line)
        rename_earlier_types(config.store)
        sweep(config)
        record_earlier(config, but=options.run_id)
        if config.registry.record and config.registry.keep_rows:
            launch.call(partial(preload, config), keep_rows, config, options.run_id)
        _run_or_repeat(config, options, launch, watch)
    except (KeyboardInterrupt, Exception):
        sweep(config, ended=options.run_id)
        with suppress(PenstockError):
            write_manifests(config)
        raise
    finally:
        watch.show()
    return lineage.run(config.store, options.run_id)


def _run_or_repeat(config: Config, options: RunOptions, launch: Launch, watch: "_Watch") -> None:
    # Computed before the run: a change during the run must not be recorded as its input.
    identity = key(config)
    started = started_key(config, options.resume) if options.resume else None
    if options.resume and started != identity:
        # With other data, settings or code only the cache decides whether a finished node is reused.
        if started is not None:
            watch.on_update.noted(_CHANGED.format(run=options.resume))
        options = replace(options, resume=None)
    last = repeatable(config, options, identity)
    is_intact = repair_damage(config, last, watch.on_update.repaired, verify=options.verify)
    if last and is_intact:
        repeat(config, options, last)
        return
    note_start(config, options, identity)
    launch.run(config, options, watch)
    write_manifests(config)
    if options.is_whole:
        record_key(config, options.run_id, identity)


class _Watch:
    """Shows a run while its nodes run in another process, measures them, and records the files of new artifacts.

    The files are recorded immediately, so that later changes count as damage. The store is read only meanwhile: this
    process writes to it before and after.
    """

    def __init__(
        self, config: Config, options: RunOptions, on_update: Updates, measured: tuple[Launch, Running]
    ) -> None:
        self.on_update = on_update
        self._config, self._run_id = config, options.run_id
        self._launch, self._running = measured
        self._last = time.time()
        self._recorded: set[int] = set()

    def __call__(self) -> None:
        self.show()
        preload(self._config)
        peak, now = self._launch.peak_memory(), time.time()
        with suppress(PenstockError, OSError):  # the end of the run records the rest
            nodes = lineage.run(self._config.store, self._run_id).nodes
            self._running.measured(nodes, since=self._last, peak=peak)
            self._last = now
            new = {artifact.id for node in nodes for artifact in node.outputs} - self._recorded
            if new:
                write_manifests(self._config, new)
                self._recorded |= new

    def show(self) -> None:
        """Show the present state of the run."""
        with suppress(PenstockError):  # before its first node starts the store does not know the run
            self.on_update.nodes(lineage.run(self._config.store, self._run_id))


@contextmanager
def run_lock(config: Config) -> Iterator[None]:
    """Hold the lock of the pipeline, for a run or another change of stored artifacts.

    Raises:
        ConfigError: The state folder cannot be written.
        StoreError: Another run holds the lock.
    """
    check_writable("state.directory", config.state_folder)
    lock = FileLock(config.state_folder / f"{config.name}.lock")
    try:
        lock.acquire(timeout=0)
        # The worker of a killed run ends shortly after the run; until then it may still write.
        with worker_lock(config):
            pass
    except Timeout:
        lock.release()
        raise StoreError(
            f"pipeline {config.name}", "no other run of it", "one that is running", "wait for it to end"
        ) from None
    try:
        yield
    finally:
        lock.release()


def record_unrecorded(config: Config) -> Recording | None:
    """Record the runs that no process could record; return what became of the last one, None if there are none.

    Raises:
        StoreError: A run holds the lock of the pipeline.
    """
    if not has_unrecorded(config):
        return None
    with private(), run_lock(config):
        sweep(config)
        return record_earlier(config)


def worker_lock(config: Config) -> FileLock:
    """Return the lock of the process that runs nodes, so that never two do."""
    return FileLock(config.state_folder / f"{config.name}.worker.lock", timeout=WORKER_WAIT_SECONDS)


def sweep(config: Config, ended: str | None = None) -> None:
    """Mark executions without a running process as failed, and remove their incomplete outputs.

    The caller must hold the pipeline's lock. Executions of running processes with another state folder and the same
    metadata store are left alone.

    Args:
        config: The configuration.
        ended: A run of this process that has ended.
    """
    remove_orphans()
    if not config.input.snapshot:
        discard_folder(snapshot_folder(config))
    running = lineage.running(config.store)
    dead = {run for run in {e.run for e in running} if run == ended or run_locks.run_state(config, run) == "dead"}
    abandoned = [execution for execution in running if execution.run in dead]
    if abandoned:
        mark_failed(config, [execution.id for execution in abandoned])
    for run in dead - {ended}:
        run_locks.remove_lock(config, run)
    for execution in abandoned:
        for folder in output_folders(config.artifacts, execution.node, execution.id):
            shutil.rmtree(folder, ignore_errors=True)


def log_file(config: Config, run_id: str) -> Path:
    """Return the log file of a run, with the output of TensorFlow, Beam and absl."""
    return config.logs / f"{run_id}.log"


def _node_error(config: Config, options: RunOptions, error: Exception) -> NodeError:
    penstock_error = from_chain(error)
    if penstock_error:
        # A node raised it, so its exit code is that of a failed node.
        return penstock_error if isinstance(penstock_error, NodeError) else NodeError(*penstock_error.args)
    first_line = next(iter(str(error).splitlines()), "")
    failed = failed_node(config, options)
    next_step = f"read {log_file(config, options.run_id)}, then `penstock resume`"
    if failed.startswith("node Evaluator"):
        next_step += (
            '; if the last blessed model has other columns or another task, set evaluation.baseline = "none" once'
        )
    return NodeError(failed, received=f"{type(error).__name__}: {first_line}"[:400], next_step=next_step)


def failed_node(config: Config, options: RunOptions) -> str:
    """Return `node NAME failed`, or `the run failed` if the metadata store does not know the node."""
    try:
        nodes = lineage.run(config.store, options.run_id).nodes
    except PenstockError:
        nodes = ()
    failed = [node.id for node in nodes if node.state in ("failed", "running")]
    return f"node {failed[-1]} failed" if failed else "the run failed"


def interruption_of(config: Config, options: RunOptions) -> Interrupted:
    """Return the error of an interrupted run whose processes have ended: its progress and the command to continue."""
    what = f"run {options.run_id}"
    try:
        recorded = lineage.run(config.store, options.run_id)
    except PenstockError:
        return interrupted(what, "before its first node", "nothing of it was kept, start it again")
    if recorded.state in _ENDED:
        return interrupted(
            what, f"when it was {recorded.state} already", f"`penstock show {recorded.id}` shows what came out"
        )
    node = next((node.id for node in recorded.nodes if node.state == "failed"), None)
    when = f"during {node}" if node else f"after {recorded.nodes[-1].id}" if recorded.nodes else "before its first node"
    return interrupted(what, when, "`penstock resume` goes on from there")
