"""The lock of each run, which shows all projects that share the metadata store whether the run is alive.

The lock is a file with the run's name, next to an SQLite store or, if the store is on a server, in the state folder.
The system releases it however the run ends. A run whose file can be locked is dead. A run without a file may be one of
another machine: its state is unknown, unless it was started from this folder.

filelock has neither a shared lock, which lasts until both the process that claimed the name and the run's worker have
ended, nor a file that is locked before other processes can see it.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from penstock.config.config import Config
from penstock.core.errors import StoreError

_descriptors: dict[Path, int] = {}


def claim_name(config: Config, run_id: str) -> str:
    """Return the name of a run, with a number if another run of the store has it, locked until `hold_lock` ends.

    Raises:
        StoreError: The folder of the locks cannot be written.
    """
    for name in (run_id, *(f"{run_id}-{number}" for number in range(2, 1000))):
        if _claim(_lock_file(config, name)):
            return name
    raise _refusal(run_id)


@contextmanager
def hold_lock(config: Config, run_id: str) -> Iterator[None]:
    """Hold the lock of a run within the block, claim it if `claim_name` did not, and remove it at the end.

    Raises:
        StoreError: Another run has the name, or the folder of the locks cannot be written.
    """
    lock = _lock_file(config, run_id)
    if lock not in _descriptors and not _claim(lock):
        raise _refusal(run_id)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(_descriptors.pop(lock))


@contextmanager
def share_lock(config: Config, run_id: str) -> Iterator[None]:
    """Hold the lock of a run within the block, together with the process that claimed it.

    Raises:
        OSError: The lock cannot be opened.
    """
    lock = _lock_file(config, run_id)
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    try:
        yield
    finally:
        os.close(descriptor)


def run_state(config: Config, run_id: str) -> Literal["alive", "dead", "unknown"]:
    """Return `alive` or `dead`, or `unknown` for a run that may have been started from another folder."""
    lock = _lock_file(config, run_id)
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except FileNotFoundError:
        return "dead" if _started_here(config, run_id) else "unknown"
    except OSError:
        return "unknown"
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return "alive"
    finally:
        os.close(descriptor)
    return "dead"


def remove_lock(config: Config, run_id: str) -> None:
    """Remove the lock file of a dead run."""
    _lock_file(config, run_id).unlink(missing_ok=True)


def _claim(lock: Path) -> bool:
    """Create the lock file of a run, locked before it is visible; return whether the name was free."""
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor, made = tempfile.mkstemp(prefix=".claim-", dir=lock.parent)
    except OSError as error:
        raise StoreError(
            f"locks of runs in {lock.parent}", "a folder that can be written", (error.strerror or str(error)).lower()
        ) from None
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    try:
        os.link(made, lock)
    except FileExistsError:
        os.close(descriptor)
        return False
    finally:
        with suppress(OSError):
            os.unlink(made)
    _descriptors[lock] = descriptor
    return True


def _lock_file(config: Config, run_id: str) -> Path:
    file = config.metadata_file
    folder = config.state_folder / "runs" if file is None else file.with_name(f"{file.name}.runs")
    return folder / f"{run_id}.lock"


def _started_here(config: Config, run_id: str) -> bool:
    """Return whether the key or the log of a run is in the state folder, whose lock this process holds."""
    return (config.state_folder / "keys" / run_id).exists() or (config.logs / f"{run_id}.log").exists()


def _refusal(run_id: str) -> StoreError:
    return StoreError(f"run {run_id}", "a name of its own", "that of another run", "start it once more")
