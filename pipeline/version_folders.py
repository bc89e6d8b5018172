"""The folder of versions: each appears, or is replaced, by a rename.

TensorFlow Serving takes each folder whose name is an integer for a version, so a version is staged under a name that is
none, written through to the disk, and renamed.
"""

import os
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from pipeline import pushed_record
from pipeline.pushed_record import EXTRA, OURS, STATISTICS, content_digest
from tables import marked

_STAGING = ".staging-"
_DAMAGED = ".damaged-"
_LOCK = ".lock"


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold a folder of versions, made if need be; what a push that was killed left is gone.

    A folder that only has such a name stays.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with FileLock(directory / _LOCK):
        for staged in directory.glob(f"{_STAGING}*"):
            marked.remove(staged)
        yield


def versions(directory: Path) -> list[int]:
    """Return the numbers of the versions, rising."""
    return sorted(int(child.name) for child in directory.iterdir() if child.name.isdecimal() and child.is_dir())


def publish(model: Path, version: Path, statistics: bytes | None) -> None:
    """Make a model a version that is not there yet; only to be called alone."""
    with _staged(model, version, statistics) as staged:
        staged.rename(version)
    _flush(version.parent)


def replace(model: Path, version: Path, statistics: bytes | None) -> None:
    """Put a model in the place of a version that is damaged or gone; only to be called alone.

    What others put into the version's `assets.extra` stays.
    """
    with _staged(model, version, statistics) as staged:
        _take_extras(version, staged)
        if version.exists():
            version.rename(staged.with_name(f"{version.name}-damaged"))
        staged.rename(version)
    _flush(version.parent)


def set_aside(version: Path) -> Path:
    """Rename a version so that it counts as none, and return its new place."""
    return version.rename(version.with_name(f"{_DAMAGED}{version.name}-{uuid.uuid4().hex[:8]}"))


@contextmanager
def _staged(model: Path, version: Path, statistics: bytes | None) -> Iterator[Path]:
    """Yield what is to become a version, in a folder of ours that is gone afterwards with all that is left in it."""
    staging = version.with_name(f"{_STAGING}{uuid.uuid4().hex}")
    marked.make(staging)
    try:
        yield _written(model, staging / version.name, statistics)
    finally:
        marked.remove(staging)


def _written(model: Path, staged: Path, statistics: bytes | None) -> Path:
    shutil.copytree(model, staged)
    (staged / EXTRA).mkdir(exist_ok=True)
    if statistics is not None:
        (staged / STATISTICS).write_bytes(statistics)
    pushed_record.write(staged, content_digest(model))
    for path in [*staged.rglob("*"), staged]:
        _seal(path)
    return staged


def _take_extras(version: Path, staged: Path) -> None:
    for file in (version / EXTRA).glob("*"):
        if EXTRA / file.name not in OURS and not (staged / EXTRA / file.name).exists():
            (shutil.copytree if file.is_dir() else shutil.copy2)(file, staged / EXTRA / file.name)


def _seal(path: Path) -> None:
    """Keep a file or folder from other users, whatever its rights in the artifact, and write it through."""
    path.chmod(0o700 if stat.S_ISDIR(path.stat().st_mode) else 0o600)
    _flush(path)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
