"""Which runs live: each holds a lock of its own where all who share the metadata store can see it.

The lock of a run is a file under the run's name, next to an SQLite store or, where a server holds the store, in the
state's folder. The system lets go of it however the run ends. A run whose file can be locked is dead; one without a
file may be anybody's, and counts as living unless it was started from this very folder.

filelock has no lock that the run's worker shares with the process that claimed the name, so that it lasts until both
have ended, nor one of a file that is locked before anybody sees it.
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
    """Return the name of a run, with a number where another run of the store has it, and hold it until `held` ends.

    Raises:
        StoreError: The folder of the locks cannot be written.
    """
    for name in (run_id, *(f"{run_id}-{number}" for number in range(2, 1000))):
        if _claim(_lock_file(config, name)):
            return name
    raise _refusal(run_id)


@contextmanager
def hold_lock(config: Config, run_id: str) -> Iterator[None]:
    """Hold the lock of a run, claimed before or now, and remove it at the end.

    Raises:
        StoreError: Another run has that name, or the folder of the locks cannot be written.
    """
    place = _lock_file(config, run_id)
    if place not in _descriptors and not _claim(place):
        raise _refusal(run_id)
    try:
        yield
    finally:
        place.unlink(missing_ok=True)
        os.close(_descriptors.pop(place))


@contextmanager
def share_lock(config: Config, run_id: str) -> Iterator[None]:
    """Hold the lock of a run together with the process that claimed it."""
    place = _lock_file(config, run_id)
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(place, os.O_RDWR | os.O_CREAT, 0o666)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    try:
        yield
    finally:
        os.close(descriptor)


def run_state(config: Config, run_id: str) -> Literal["alive", "dead", "unknown"]:
    """Return whether a run goes on, has ended, however it did, or may be one of a folder that cannot be seen here."""
    place = _lock_file(config, run_id)
    try:
        descriptor = os.open(place, os.O_RDONLY)
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
    """Remove the lock that a dead run left."""
    _lock_file(config, run_id).unlink(missing_ok=True)


def _claim(place: Path) -> bool:
    """Make the lock of a run, locked from the first moment; say whether the name was free."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor, made = tempfile.mkstemp(prefix=".claim-", dir=place.parent)
    except OSError as error:
        raise StoreError(
            f"locks of runs in {place.parent}", "a folder that can be written", (error.strerror or str(error)).lower()
        ) from None
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    try:
        os.link(made, place)
    except FileExistsError:
        os.close(descriptor)
        return False
    finally:
        with suppress(OSError):
            os.unlink(made)
    _descriptors[place] = descriptor
    return True


def _lock_file(config: Config, run_id: str) -> Path:
    file = config.metadata_file
    folder = config.state_folder / "runs" if file is None else file.with_name(f"{file.name}.runs")
    return folder / f"{run_id}.lock"


def _started_here(config: Config, run_id: str) -> bool:
    """Say whether a run left its key or its log in our folder, whose lock this process holds."""
    return (config.state_folder / "keys" / run_id).exists() or (config.logs / f"{run_id}.log").exists()


def _refusal(run_id: str) -> StoreError:
    return StoreError(f"run {run_id}", "a name of its own", "that of another run", "start it once more")
