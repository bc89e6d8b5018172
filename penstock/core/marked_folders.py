"""Folders that carry our mark: a name alone does not say who made a folder, so no other is removed with its content.

The mark is a file of fixed content. It is put into a folder when we make it, and is the last to go when the folder is
removed, so that a removal that was cut short can be completed.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MARK = ".penstock"
_CONTENT = b"Penstock made this folder, and removes it with everything in it.\n"


def make(folder: Path) -> None:
    """Make a folder that is ours; an empty one, such as a process leaves that is killed in here, becomes ours.

    Raises:
        OSError: The folder cannot be made, holds something already, or is another's.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open_descriptor(folder) as descriptor:
        if os.listdir(descriptor):
            raise FileExistsError(errno.EEXIST, "A folder that Penstock did not make is in the way", str(folder))
        write_mark(descriptor)


def recreate(folder: Path) -> None:
    """Make a folder that is ours and empty, in place of one of ours that is there.

    Raises:
        OSError: One is there that we did not make, or it cannot be made.
    """
    remove(folder)
    make(folder)


def write_mark(descriptor: int) -> None:
    """Put the mark into an open folder."""
    file = os.open(MARK, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=descriptor)
    try:
        os.write(file, _CONTENT)
    finally:
        os.close(file)


def remove(folder: Path) -> bool:
    """Remove a folder with everything in it where it carries our mark; return whether it did.

    Raises:
        OSError: Something in it cannot be removed.
    """
    try:
        with open_descriptor(folder) as descriptor:
            if not is_marked(descriptor):
                return False
            _empty(descriptor)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EPERM):
            return False
        raise
    folder.rmdir()
    return True


def is_empty(folder: Path) -> bool:
    """Say whether a path is a real folder of this user with nothing in it."""
    try:
        with open_descriptor(folder) as descriptor:
            return not os.listdir(descriptor)
    except OSError:
        return False


@contextmanager
def open_descriptor(folder: Path) -> Iterator[int]:
    """Yield a descriptor of a folder: a real one, no symbolic link, that belongs to this process's user.

    Raises:
        OSError: It is none.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "A folder of another user", str(folder))
        yield descriptor
    finally:
        os.close(descriptor)


def is_marked(descriptor: int) -> bool:
    """Say whether an open folder carries our mark."""
    try:
        file = os.open(MARK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=descriptor)
    except OSError:
        return False
    try:
        about = os.fstat(file)
        ours = stat.S_ISREG(about.st_mode) and about.st_uid == os.geteuid()
        return ours and os.read(file, len(_CONTENT) + 1) == _CONTENT
    finally:
        os.close(file)


def _empty(descriptor: int) -> None:
    for name in os.listdir(descriptor):
        if name == MARK:
            continue
        try:
            os.unlink(name, dir_fd=descriptor)
        except IsADirectoryError:
            shutil.rmtree(name, dir_fd=descriptor)
    with suppress(FileNotFoundError):
        os.unlink(MARK, dir_fd=descriptor)
