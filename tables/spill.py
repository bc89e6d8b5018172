"""Folders for what a process needs only while it works; those of killed processes are found and removed.

Each folder is locked by the process that made it, and then marked. The system releases the lock however that process
ends, so a marked folder that can be locked belongs to none. One without a mark is left alone: it is somebody else's, or
empty, made by a process that is about to mark it or was killed before it could.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tables import marked
from tables.disk import sentences

_PREFIX = "penstock-"


@contextmanager
def spill() -> Iterator[Path]:
    """Yield an empty folder that is gone afterwards.

    Raises:
        DataError: The folder cannot be made.
    """
    with sentences(Path(tempfile.gettempdir())):
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(lock, fcntl.LOCK_SH)
        marked.mark(lock)
        # Apart from the mark, for what is in it may be copied as a whole.
        inner = folder / "files"
        inner.mkdir(mode=0o700)
    try:
        yield inner
    finally:
        with suppress(OSError):
            marked.remove(folder)
        os.close(lock)


def remove_orphans() -> None:
    """Remove the folders of processes that are no more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another's folder or no folder, in use, or gone meanwhile
            _remove_unlocked(folder)


def _remove_unlocked(folder: Path) -> None:
    with marked.opened(folder) as descriptor:
        if marked.is_marked(descriptor):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            marked.remove(folder)
