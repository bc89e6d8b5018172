"""Files and folders on a local disk: atomic writes, temporary folders, and errors in four parts.

A file or folder is written next to its target under a hidden name, flushed to the disk, and renamed. A reader sees
either the old content or the complete new one. After an error the hidden file is removed. If the process is killed,
the hidden file is left and the target is unchanged.

The package atomicwrites does this for one file, and is archived. It has neither several files at once, nor folders,
nor permissions, nor a check of what may be removed, so that of this file only `new_file` and `commit` (20 lines) could
go. `tempfile.TemporaryDirectory` leaves its folder behind if the process is killed; `remove_orphans` needs the lock.
"""

import errno
import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from penstock.core import marked_folders
from penstock.core.errors import DataError
from penstock.core.interruption import uninterruptible
from penstock.core.privacy import permissions_for

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FULL_WORDS = ("No space left on device", "max_temp_directory_size")
_TEMPORARY = "penstock-"


def is_full(error: Exception) -> bool:
    """Say whether an error of the system or of DuckDB reports a full disk."""
    return getattr(error, "errno", None) in _FULL or any(words in str(error) for words in _FULL_WORDS)


@contextmanager
def as_data_errors(folder: Path) -> Iterator[None]:
    """Turn an OSError that is raised while files are written into a DataError that names the folder.

    Raises:
        DataError: The block raised an OSError.
    """
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        if is_full(error):
            remedy = "free some there, or name another folder in pipeline.toml"
            raise DataError(f"the folder {folder}", "free space for what is written", reason, remedy) from error
        raise DataError(
            f"the folder {folder}", "a folder that can be written", reason, "check its permissions"
        ) from error


def new_file(target: Path, mode: int | None = None) -> Path:
    """Make an empty file with an unpredictable name next to the target, to be written and committed.

    In a `with` block use `atomic_file` instead.

    Args:
        target: The file that it will become.
        mode: Its permissions; by default those that `permissions_for` returns.

    Raises:
        OSError: The file cannot be made.
    """
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}.writing")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(descriptor, permissions_for(target) if mode is None else mode)
    finally:
        os.close(descriptor)
    return temporary


def commit(temporary: Path, target: Path) -> None:
    """Flush a written file to the disk, and rename it to its target.

    Raises:
        OSError: The file cannot be flushed or renamed; the target is unchanged.
    """
    flush(temporary)
    temporary.replace(target)


@contextmanager
def atomic_file(target: Path, mode: int | None = None) -> Iterator[Path]:
    """Yield an empty file that replaces the target when the block succeeds, and is removed when it fails.

    Args:
        target: The file that it will become.
        mode: Its permissions; by default those that `permissions_for` returns.

    Raises:
        OSError: The file cannot be made, flushed or renamed.
    """
    temporary = new_file(target, mode)
    try:
        yield temporary
        commit(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def private_file(target: Path) -> Iterator[Path]:
    """Yield an `atomic_file` that only this user can read, and make its folder if it does not exist.

    Raises:
        DataError: The disk is full, or the file cannot be written.
    """
    with as_data_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(target, 0o600) as temporary:
            yield temporary


@contextmanager
def atomic_files(targets: Mapping[Path, int | None]) -> Iterator[dict[Path, Path]]:
    """Yield an empty file for each target; all replace their targets when the block succeeds, or none does.

    A signal is delayed until the last rename. If the process is killed between two renames, only the first is done.

    Args:
        targets: The files that they will become, with their permissions; None for those that `permissions_for`
            returns.

    Raises:
        OSError: A file cannot be made, flushed or renamed; the targets are unchanged.
    """
    temporary: dict[Path, Path] = {}
    try:
        for target, mode in targets.items():
            temporary[target] = new_file(target, mode)
        yield temporary
        for file in temporary.values():
            flush(file)
        with uninterruptible():
            _replace_all(temporary)
    finally:
        for file in temporary.values():
            file.unlink(missing_ok=True)


def _replace_all(temporary: Mapping[Path, Path]) -> None:
    """Rename each file to its target; if one rename fails, undo the others."""
    before: dict[Path, Path | None] = {}
    try:
        for target, file in temporary.items():
            before[target] = _copy(target)
            file.replace(target)
    except BaseException:
        for target, copy in before.items():
            if temporary[target].exists():  # not renamed
                continue
            if copy is None:
                target.unlink(missing_ok=True)
            else:
                copy.replace(target)
        raise
    finally:
        for copy in before.values():
            if copy is not None:
                copy.unlink(missing_ok=True)


def _copy(file: Path) -> Path | None:
    """Return a copy of a file next to it, or None if there is no such file."""
    if not file.exists():
        return None
    copy = new_file(file, 0o600)
    try:
        shutil.copyfile(file, copy)
        shutil.copystat(file, copy)
    except BaseException:
        copy.unlink()
        raise
    return copy


@contextmanager
def atomic_folder(target: Path, staging: Path | None = None) -> Iterator[Path]:
    """Yield an empty folder that replaces the target when the block succeeds, and is removed when it fails.

    Only one process at a time may write a target: the staging folder is emptied first.

    Args:
        target: The folder that it will become.
        staging: The marked folder next to the target in which it is made.

    Raises:
        OSError: The folder cannot be made, flushed or renamed; the target is unchanged.
    """
    staging = staging or _staging(target)
    marked_folders.recreate(staging)
    temporary, before = staging / target.name, staging / f"{target.name}-before"
    try:
        temporary.mkdir(mode=0o700)
        yield temporary
        for path in (*temporary.rglob("*"), temporary):
            flush(path)
        if target.exists():
            target.rename(before)
        try:
            temporary.rename(target)
        except BaseException:
            if before.exists():
                before.rename(target)
            raise
        flush(target.parent)
    finally:
        with suppress(OSError):
            marked_folders.remove(staging)


def discard_folder(target: Path) -> None:
    """Remove an `atomic_folder` with our mark and the staging folder of a killed process; leave any other folder."""
    for place in (target, _staging(target)):
        with suppress(OSError):
            marked_folders.remove(place)


def _staging(target: Path) -> Path:
    return target.with_name(f".{target.name}.writing")


def flush(path: Path) -> None:
    """Flush a file, or the entries of a folder, to the disk.

    Raises:
        OSError: It cannot be flushed.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield an empty folder that is removed afterwards; `remove_orphans` removes the folder of a killed process.

    The process that makes the folder locks it, and then marks it. The system releases the lock however the process
    ends, so a marked folder that can be locked belongs to no process. A folder without a mark is not removed: another
    program made it, or it is empty and its process has not marked it. filelock would need a file in the folder before
    the mark.

    Raises:
        DataError: The folder cannot be made.
    """
    with as_data_errors(Path(tempfile.gettempdir())):
        folder = Path(tempfile.mkdtemp(prefix=_TEMPORARY))
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(lock, fcntl.LOCK_SH)
        marked_folders.write_mark(lock)
        # A separate folder, so that copying it does not copy the mark.
        inner = folder / "files"
        inner.mkdir(mode=0o700)
    try:
        yield inner
    finally:
        with suppress(OSError):
            marked_folders.remove(folder)
        os.close(lock)


def remove_orphans() -> None:
    """Remove the temporary folders of processes that have ended."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}*"):
        with suppress(OSError):  # not our folder, in use, or removed by another process
            _remove_unlocked(folder)


def _remove_unlocked(folder: Path) -> None:
    with marked_folders.open_descriptor(folder) as descriptor:
        if marked_folders.is_marked(descriptor):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            marked_folders.remove(folder)
