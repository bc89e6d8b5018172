"""Permissions of files: those of a run are for its user only, files that the user asks for follow the user's umask.

Nearly everything that a run writes contains values of rows: examples, statistics, vocabularies, logs and models. TFX,
Beam, TensorFlow and ML Metadata write most of these files, so their permissions are set by the process's umask.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PRIVATE = 0o077
# Linux: a descriptor that names a file and does not open it.
_PATH_ONLY: int = getattr(os, "O_PATH", 0)
# The umask that this process was started with; None until it is changed.
_initial_umask: int | None = None


def keep_private() -> None:
    """Make files of this process, and of those that it starts, readable for its user only from now on."""
    global _initial_umask
    before = os.umask(_PRIVATE)
    _initial_umask = before if _initial_umask is None else _initial_umask


@contextmanager
def private() -> Iterator[None]:
    """Make files readable for the user only within the block, for code that runs in a process of another program."""
    before = os.umask(_PRIVATE)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def shared() -> Iterator[None]:
    """Use the user's own umask within the block, for folders that the user asked for."""
    before = os.umask(_PRIVATE)
    os.umask(before if _initial_umask is None else _initial_umask)
    try:
        yield
    finally:
        os.umask(before)


def permissions_for(target: Path) -> int:
    """Return the mode bits for a file that the user asked for: those of the existing file, or those of the umask."""
    with suppress(OSError):
        return stat.S_IMODE(target.stat().st_mode) & 0o777
    umask = _initial_umask
    if umask is None:
        umask = os.umask(_PRIVATE)
        os.umask(umask)
    return 0o666 & ~umask


def make_private(path: Path) -> None:
    """Remove the permissions of group and others from a file or folder of this user, if it exists.

    The file is not opened for reading: to close it would release the locks that SQLite, in this process, holds on it.
    """
    with suppress(OSError):
        if _PATH_ONLY:
            descriptor = os.open(path, _PATH_ONLY | os.O_NOFOLLOW)
            try:
                _restrict(os.fstat(descriptor), lambda mode: os.chmod(f"/proc/self/fd/{descriptor}", mode))
            finally:
                os.close(descriptor)
        else:
            _restrict(os.lstat(path), lambda mode: os.chmod(path, mode, follow_symlinks=False))


def _restrict(status: os.stat_result, change: Callable[[int], None]) -> None:
    is_ours = status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode)
    if is_ours and status.st_mode & _PRIVATE:
        change(stat.S_IMODE(status.st_mode) & ~_PRIVATE)
