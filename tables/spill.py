"""Folders for what a process needs only while it works; those of killed processes are found and removed.

Each folder is locked by the process that made it. The system lets go of the lock however that process ends, so a folder
that can be locked belongs to none.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tables.disk import sentences

_PREFIX = "penstock-"
# A folder is made before it is locked.
_SECONDS_UNTIL_LOCKED = 60


@contextmanager
def spill() -> Iterator[Path]:
    """Yield an empty folder that is gone afterwards.

    Raises:
        DataError: The folder cannot be made.
    """
    with sentences(Path(tempfile.gettempdir())):
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_SH)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_orphans() -> None:
    """Remove the folders of processes that are no more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if folder.stat().st_mtime + _SECONDS_UNTIL_LOCKED < time.time():
                _remove_unlocked(folder)
        except OSError:
            continue  # Another's folder, or gone meanwhile.


def _remove_unlocked(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)
