"""Permissions of files: those of a run are for its user only, files that the user asks for follow the user's umask.

Nearly everything that a run writes contains values of rows: examples, statistics, vocabularies, logs and models. TFX,
Beam, TensorFlow and ML Metadata write most of these files, so their permissions are set by the process's umask.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PRIVATE = 0o077
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
    """Remove the permissions of group and others from a file or folder of this user, if it exists."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if status.st_uid == os.geteuid() and status.st_mode & _PRIVATE:
                os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & ~_PRIVATE)
        finally:
            os.close(descriptor)
