"""Carrying out a run on some runner: one at a time, clean after an interruption, recorded whatever happens."""

import os
import shutil
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipeline import lineage
from pipeline.config import Config
from pipeline.errors import ConfigError, Interrupted, NodeError, PenstockError, StoreError, from_chain
from pipeline.plan import RunOptions, check_nodes, compile_plan

LOCK_WAIT_SECONDS = 2.0


def execute(config: Config, options: RunOptions, launch: Callable[[Any], None]) -> lineage.Run:
    """Run the pipeline and return what the metadata store says of it.

    Args:
        config: The configuration.
        options: The run's name, and which nodes it is to run.
        launch: Runs the compiled pipeline, TFX's intermediate representation.

    Raises:
        ConfigError, StoreError: The run cannot start; nothing was recorded.
        NodeError: A node failed; what the nodes before it gave is kept.
        Interrupted: The run was stopped from outside.
    """
    check_nodes(options)
    prepare(config)
    with _only_run(config), _interruptible(), _own_arguments():
        try:
            sweep(config)
            launch(compile_plan(config, options))
        except KeyboardInterrupt:
            sweep(config)
            raise Interrupted(
                f"run {options.run_id} was interrupted", next_step="`penstock resume` goes on from there"
            ) from None
        except PenstockError:
            raise
        except Exception as error:
            raise from_chain(error) or _node_error(config, options, error) from error
    return lineage.run(config, options.run_id)


def prepare(config: Config) -> None:
    """Make the folders of a run, and see that they and the metadata store can be written.

    Raises:
        ConfigError: A folder cannot be written.
        StoreError: Another process holds the metadata store.
    """
    for key, folder in {
        "state.directory": config.path(config.state.directory),
        "push.directory": config.path(config.push.directory),
    }.items():
        _writable(key, folder)
    if config.metadata_file:
        _writable("metadata.uri", config.metadata_file.parent)
        _unlocked(config.metadata_file)


def sweep(config: Config) -> None:
    """Mark executions that no process runs any more as failed, and remove their half-written outputs.

    Only to be called by the one run that holds the pipeline's lock.
    """
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
        for folder in config.artifacts.glob(f"*/*/{execution.id}"):
            shutil.rmtree(folder, ignore_errors=True)
        for folder in config.artifacts.glob(f"*/.system/*/{execution.id}"):
            shutil.rmtree(folder, ignore_errors=True)


def _writable(key: str, folder: Path) -> None:
    probe = folder / f".penstock-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ConfigError(
            f"{key}: {folder}", "a folder that can be written", error.strerror or str(error), f"change {key}"
        ) from None


def _unlocked(file: Path) -> None:
    try:
        connection = sqlite3.connect(file, timeout=LOCK_WAIT_SECONDS)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        raise StoreError(
            f"metadata store {file}",
            "a store that no other process holds",
            str(error),
            "wait for that process to end, or stop it",
        ) from None
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"metadata store {file}", "an SQLite file", str(error), "set metadata.uri to another file"
        ) from None


@contextmanager
def _only_run(config: Config) -> Iterator[None]:
    lock = FileLock(config.path(config.state.directory) / f"{config.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreError(
            f"pipeline {config.name}", "no other run of it", "one that is under way", "wait for it to end"
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Treat a request to terminate like Ctrl-C, so that it too leaves nothing half-written."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _own_arguments() -> Iterator[None]:
    """Hide the command line: Beam and TFX's executors parse `sys.argv` for flags of their own."""
    before, sys.argv = sys.argv, sys.argv[:1]
    try:
        yield
    finally:
        sys.argv = before


def _node_error(config: Config, options: RunOptions, error: Exception) -> NodeError:
    try:
        nodes = lineage.run(config, options.run_id).nodes
    except PenstockError:
        nodes = ()
    failed = [node.id for node in nodes if node.state == "failed"]
    first_line = next(iter(str(error).splitlines()), "")
    return NodeError(
        f"node {failed[-1]} failed" if failed else "the run failed",
        received=f"{type(error).__name__}: {first_line}"[:400],
        next_step=f"read {log_file(config, options.run_id)}, then `penstock resume`",
    )


def log_file(config: Config, run_id: str) -> Path:
    """Return the file that takes what TensorFlow, Beam and absl log during a run."""
    return config.logs / f"{run_id}.log"
