"""What shows that a file has changed without reading it: its times, its size, and the number of its inode."""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

# The time of a file is as exact as the ticks of the system, and on some file systems as seconds, or every second one.
_TICK, _SECONDS, _SECOND = 100_000_000, 2_100_000_000, 1_000_000_000


class FileStamp(NamedTuple):
    """The stamp of a file: a copy with the time and the size of another one has a change or an inode of its own."""

    written: int
    changed: int
    size: int
    inode: int


def stamp_of(file: str | Path) -> FileStamp | None:
    """Return the stamp of a file; None if it cannot be asked for, as if it is missing."""
    try:
        about = os.stat(file)
    except OSError:
        return None
    return FileStamp(about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino)


def is_settled(stamps: Iterable[FileStamp], now: int | None = None) -> bool:
    """Say whether a later change of some files will change their stamps.

    It may not if a file was written just now: another change would have the same time.

    Args:
        stamps: The stamps of the files.
        now: The time before the files were read, in nanoseconds; the current one if it is not given.
    """
    now = time.time_ns() if now is None else now
    return all(each.written < now - (_TICK if each.written % _SECOND else _SECONDS) for each in stamps)
