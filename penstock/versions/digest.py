"""The digest of the model in a version, of which its user may have added files to `assets.extra`."""

from collections.abc import Callable
from pathlib import Path

from penstock.versions.record import EXTRA, content_digest, is_added, read


def model_digest(version: Path) -> str:
    """Return the SHA-256 that `content_digest` gave when the version was pushed, if its files are still the same.

    All files are read. Files in `assets.extra` that were not pushed, such as warm-up requests, do not count.
    """
    return content_digest(version, was_added(version))


def was_added(version: Path) -> Callable[[Path], bool]:
    """Return the function that says whether a file of a version, by its path in it, is none of the pushed model."""
    record = read(version)
    pushed = None if record is None or record.files is None else set(record.files)

    def added(name: Path) -> bool:
        return is_added(name) or (pushed is not None and name.parts[0] == EXTRA.name and name.as_posix() not in pushed)

    return added
