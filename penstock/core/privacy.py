"""Whom files are for: what a run keeps is for its user alone, what a person asks for has the rights of their umask.

Rows are in nearly all that a run writes: in examples, statistics, vocabularies, logs, and so in models. TFX, Beam,
TensorFlow and ML Metadata write most of it, so the process's umask is what they have to go by.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PRIVATE = 0o077
# The umask that this process was started with, once it has another.
_initial_umask: int | None = None


def keep_private() -> None:
    """Let this process, and those that it starts, write for its user alone from now on."""
    global _initial_umask
    before = os.umask(_PRIVATE)
    _initial_umask = before if _initial_umask is None else _initial_umask


@contextmanager
def private() -> Iterator[None]:
    """Let this process write for its user alone for a while; for those whose process belongs to somebody else."""
    before = os.umask(_PRIVATE)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def shared() -> Iterator[None]:
    """Let this process write with the rights of its user's umask for a while: folders that a person asked for."""
    before = os.umask(_PRIVATE)
    os.umask(before if _initial_umask is None else _initial_umask)
    try:
        yield
    finally:
        os.umask(before)


def permissions_for(target: Path) -> int:
    """Return the rights that a file gets which a person asked for: those that it has, or what their umask leaves."""
    with suppress(OSError):
        return stat.S_IMODE(target.stat().st_mode) & 0o777
    given = _initial_umask
    if given is None:
        given = os.umask(_PRIVATE)
        os.umask(given)
    return 0o666 & ~given


def make_private(path: Path) -> None:
    """Take a file or folder of ours from all other users, if it is there; what belongs to another stays as it is."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            found = os.fstat(descriptor)
            if found.st_uid == os.geteuid() and found.st_mode & _PRIVATE:
                os.fchmod(descriptor, stat.S_IMODE(found.st_mode) & ~_PRIVATE)
        finally:
            os.close(descriptor)
