"""The folder of versions: each appears, or is replaced, by a rename.

TensorFlow Serving takes each folder whose name is an integer for a version, so a version is staged under a name that is
none, written through to the disk, and renamed.
"""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from filelock import FileLock

from penstock.core import marked_folders
from penstock.core.files import atomic_folder
from penstock.versions import record
from penstock.versions.record import ADDED_FILES, EXTRA, STATISTICS, content_digest

_STAGING = ".staging-"
_DAMAGED = ".damaged-"
_LOCK = ".lock"


@contextmanager
def exclusive_access(directory: Path) -> Iterator[None]:
    """Hold a folder of versions, made if need be; what a push that was killed left is gone.

    A folder that only has such a name stays.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with FileLock(directory / _LOCK):
        for staged in directory.glob(f"{_STAGING}*"):
            marked_folders.remove(staged)
        yield


def versions(directory: Path) -> list[int]:
    """Return the numbers of the versions, rising."""
    return sorted(int(child.name) for child in directory.iterdir() if child.name.isdecimal() and child.is_dir())


def publish(model: Path, version: Path, statistics: bytes | None) -> None:
    """Make a model a version that is not there yet; only to be called alone."""
    with _folder(version) as made:
        _write(model, made, statistics)


def replace(model: Path, version: Path, statistics: bytes | None) -> None:
    """Put a model in the place of a version that is damaged or gone; only to be called alone.

    What others put into the version's `assets.extra` stays.
    """
    with _folder(version) as made:
        _write(model, made, statistics)
        _copy_extras(version, made)


def set_aside(version: Path) -> Path:
    """Rename a version so that it counts as none, and return its new place."""
    return version.rename(version.with_name(f"{_DAMAGED}{version.name}-{uuid.uuid4().hex[:8]}"))


def _folder(version: Path) -> AbstractContextManager[Path]:
    """Return the context of a folder that becomes a version."""
    return atomic_folder(version, version.with_name(f"{_STAGING}{uuid.uuid4().hex}"))


def _write(model: Path, made: Path, statistics: bytes | None) -> None:
    """Copy a model for its user alone, whatever its permissions in the artifact, with what a version carries."""
    shutil.copytree(model, made, dirs_exist_ok=True)
    (made / EXTRA).mkdir(exist_ok=True)
    if statistics is not None:
        (made / STATISTICS).write_bytes(statistics)
    record.write(made, content_digest(model))
    for path in [*made.rglob("*"), made]:
        path.chmod(0o700 if path.is_dir() else 0o600)


def _copy_extras(version: Path, made: Path) -> None:
    for file in (version / EXTRA).glob("*"):
        if EXTRA / file.name not in ADDED_FILES and not (made / EXTRA / file.name).exists():
            (shutil.copytree if file.is_dir() else shutil.copy2)(file, made / EXTRA / file.name)
