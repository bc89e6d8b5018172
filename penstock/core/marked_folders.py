"""Folders with a mark that says that Penstock made them; only these are removed with their content.

A name does not prove who made a folder. The mark is a file with fixed content, written when the folder is made. It is
removed last, so that an interrupted removal can be completed later.
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
    """Make a folder with the mark; an empty folder, as a process leaves that is killed in this function, gets the mark.

    Raises:
        OSError: The folder cannot be made, is not empty, or belongs to another user.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open_descriptor(folder) as descriptor:
        if os.listdir(descriptor):
            raise FileExistsError(errno.EEXIST, "A folder that Penstock did not make has this name", str(folder))
        write_mark(descriptor)


def recreate(folder: Path) -> None:
    """Make an empty folder with the mark, and remove the marked folder that has this name.

    Raises:
        OSError: A folder without the mark has this name, or the folder cannot be made.
    """
    remove(folder)
    make(folder)


def write_mark(descriptor: int) -> None:
    """Write the mark into an open folder.

    Raises:
        OSError: There is a mark, or it cannot be written.
    """
    file = os.open(MARK, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=descriptor)
    try:
        os.write(file, _CONTENT)
    finally:
        os.close(file)


def remove(folder: Path) -> bool:
    """Remove a folder and its content if it has the mark; return whether it was removed.

    Raises:
        OSError: A file in it cannot be removed.
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
    """Return whether a path is an empty folder of this user, and no symbolic link."""
    try:
        with open_descriptor(folder) as descriptor:
            return not os.listdir(descriptor)
    except OSError:
        return False


@contextmanager
def open_descriptor(folder: Path) -> Iterator[int]:
    """Yield a file descriptor of a folder that belongs to the user of this process.

    Raises:
        OSError: It is no folder, a symbolic link, or a folder of another user.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "A folder of another user", str(folder))
        yield descriptor
    finally:
        os.close(descriptor)


def is_marked(descriptor: int) -> bool:
    """Return whether an open folder has the mark."""
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
