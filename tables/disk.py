"""What a disk refuses, in a sentence: which folder, and what to do."""

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import DataError
from pipeline.privacy import rights_of

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_TOLD = ("No space left on device", "max_temp_directory_size")


def is_full(error: Exception) -> bool:
    """Say whether an error, of the system or told by an engine, is for want of room on a disk."""
    return getattr(error, "errno", None) in _FULL or any(words in str(error) for words in _TOLD)


@contextmanager
def sentences(folder: Path) -> Iterator[None]:
    """Turn what the system raises while files are written into a DataError that names the folder."""
    try:
        yield
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        if is_full(error):
            remedy = "free some there, or name another folder in pipeline.toml"
            raise DataError(f"the folder {folder}", "room for what is written", said, remedy) from error
        raise DataError(f"the folder {folder}", "a folder that can be written", said, "see to its rights") from error


def beside(target: Path, mode: int | None = None) -> Path:
    """Make an empty file next to the target, to be written and renamed; nobody else has or can foresee its name.

    Args:
        target: The file that it will become.
        mode: Its rights; by default those of a file that a person asked for.

    Raises:
        OSError: It cannot be made.
    """
    made = target.with_name(f".{target.name}.{uuid.uuid4().hex}.writing")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(descriptor, rights_of(target) if mode is None else mode)
    finally:
        os.close(descriptor)
    return made


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a file for this user alone that takes the target's place when it is whole; a half-written one goes.

    Raises:
        DataError: The disk is full, or does not let the file be written.
    """
    with sentences(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        made = beside(target, 0o600)
        try:
            yield made
            made.replace(target)
        finally:
            made.unlink(missing_ok=True)
