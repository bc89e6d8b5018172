"""What a disk refuses, in a sentence: which folder, and what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import DataError

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


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a place to write a file that takes the target's when it is whole; a half-written one does not stay.

    Raises:
        DataError: The disk is full, or does not let the file be written.
    """
    beside = target.with_name(f".{target.name}.writing")
    with sentences(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield beside
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
