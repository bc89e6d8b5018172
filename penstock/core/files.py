"""Files and folders on a local disk: written whole or not at all, kept for a while only, refused in a sentence.

A file or folder is made next to its place under a hidden name, flushed to the disk, and renamed: whoever reads sees
what was there before, or what is whole. After an error nothing of it is left. A process that is killed leaves the
hidden one, which nobody reads, and its target as it was.
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
    """Say whether an error, of the system or in an engine's words, is because of a lack of room on a disk."""
    return getattr(error, "errno", None) in _FULL or any(words in str(error) for words in _FULL_WORDS)


@contextmanager
def as_data_errors(folder: Path) -> Iterator[None]:
    """Turn what the system raises while files are written into a DataError that names the folder."""
    try:
        yield
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        if is_full(error):
            remedy = "free some there, or name another folder in pipeline.toml"
            raise DataError(f"the folder {folder}", "room for what is written", said, remedy) from error
        raise DataError(f"the folder {folder}", "a folder that can be written", said, "see to its rights") from error


def new_file(target: Path, mode: int | None = None) -> Path:
    """Make an empty file next to the target, to be written and committed; nobody else has or can foresee its name.

    Where the writing is no `with` block; else see `atomic_file`.

    Args:
        target: The file that it will become.
        mode: Its permissions; by default those of a file that a person asked for.

    Raises:
        OSError: It cannot be made.
    """
    made = target.with_name(f".{target.name}.{uuid.uuid4().hex}.writing")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(descriptor, permissions_for(target) if mode is None else mode)
    finally:
        os.close(descriptor)
    return made


def commit(made: Path, target: Path) -> None:
    """Flush a file that is written to the disk, and rename it to its target.

    Raises:
        OSError: It cannot be flushed or renamed; the target is as it was.
    """
    flush(made)
    made.replace(target)


@contextmanager
def atomic_file(target: Path, mode: int | None = None) -> Iterator[Path]:
    """Yield an empty file that takes the target's place when the block ends well, and is removed where it does not.

    Args:
        target: The file that it will become.
        mode: Its permissions; by default those of a file that a person asked for.

    Raises:
        OSError: The file cannot be made, flushed or renamed.
    """
    made = new_file(target, mode)
    try:
        yield made
        commit(made, target)
    finally:
        made.unlink(missing_ok=True)


@contextmanager
def private_file(target: Path) -> Iterator[Path]:
    """Yield an `atomic_file` for this user alone, in a folder that is made if need be.

    Raises:
        DataError: The disk is full, or does not let the file be written.
    """
    with as_data_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(target, 0o600) as made:
            yield made


@contextmanager
def atomic_files(targets: Mapping[Path, int | None]) -> Iterator[dict[Path, Path]]:
    """Yield an empty file for each target: all take their places when the block ends well, or none does.

    A request to end waits for the last rename. A process that is killed between two renames leaves the first new.

    Args:
        targets: The files that they will become, with their permissions, None for those of a file that a person asked
            for.

    Raises:
        OSError: A file cannot be made, flushed or renamed; what was there is there still.
    """
    made: dict[Path, Path] = {}
    try:
        for target, mode in targets.items():
            made[target] = new_file(target, mode)
        yield made
        for file in made.values():
            flush(file)
        with uninterruptible():
            _replace_all(made)
    finally:
        for file in made.values():
            file.unlink(missing_ok=True)


def _replace_all(made: Mapping[Path, Path]) -> None:
    """Rename each file to its target; where one cannot be, those that were are as they were before."""
    before: dict[Path, Path | None] = {}
    try:
        for target, file in made.items():
            before[target] = _copy(target)
            file.replace(target)
    except BaseException:
        for target, copy in before.items():
            if made[target].exists():  # not renamed
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
    """Return a copy of a file next to it, None where there is no such file."""
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
    """Yield an empty folder that takes the target's place when the block ends well, and is removed where it does not.

    Only one process at a time may write a target: what another left in the staging folder is removed.

    Args:
        target: The folder that it will become.
        staging: The folder of ours next to the target in which it is made.

    Raises:
        OSError: The folder cannot be made, flushed or renamed; a folder that was there is there still.
    """
    staging = staging or _staging(target)
    marked_folders.recreate(staging)
    made, before = staging / target.name, staging / f"{target.name}-before"
    try:
        made.mkdir(mode=0o700)
        yield made
        for path in (*made.rglob("*"), made):
            flush(path)
        if target.exists():
            target.rename(before)
        try:
            made.rename(target)
        except BaseException:
            if before.exists():
                before.rename(target)
            raise
        flush(target.parent)
    finally:
        with suppress(OSError):
            marked_folders.remove(staging)


def discard_folder(target: Path) -> None:
    """Remove an `atomic_folder` that carries our mark, and what a killed process left of one; any other stays."""
    for place in (target, _staging(target)):
        with suppress(OSError):
            marked_folders.remove(place)


def _staging(target: Path) -> Path:
    return target.with_name(f".{target.name}.writing")


def flush(path: Path) -> None:
    """Write a file or the names in a folder through to the disk.

    Raises:
        OSError: The disk refuses.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield an empty folder that is gone afterwards; `remove_orphans` removes that of a process that was killed.

    The folder is locked by the process that made it, and then marked. The system releases the lock however the process
    ends, so a marked folder that can be locked belongs to none. One without a mark is left alone: it is somebody
    else's, or empty, made by a process that is about to mark it or was killed before it could. filelock would need a
    file in the folder before the mark.

    Raises:
        DataError: The folder cannot be made.
    """
    with as_data_errors(Path(tempfile.gettempdir())):
        folder = Path(tempfile.mkdtemp(prefix=_TEMPORARY))
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(lock, fcntl.LOCK_SH)
        marked_folders.write_mark(lock)
        # Not next to the mark, for what is in it may be copied as a whole.
        inner = folder / "files"
        inner.mkdir(mode=0o700)
    try:
        yield inner
    finally:
        with suppress(OSError):
            marked_folders.remove(folder)
        os.close(lock)


def remove_orphans() -> None:
    """Remove the temporary folders of processes that are no more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}*"):
        with suppress(OSError):  # another's folder or no folder, in use, or gone meanwhile
            _remove_unlocked(folder)


def _remove_unlocked(folder: Path) -> None:
    with marked_folders.open_descriptor(folder) as descriptor:
        if marked_folders.is_marked(descriptor):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            marked_folders.remove(folder)
