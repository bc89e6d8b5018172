"""The folder of pushed versions: a version is published or replaced by a rename.

TensorFlow Serving loads each folder whose name is an integer. So a version is staged under another name, flushed to the
disk, and renamed.
"""

import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from penstock.core import marked_folders
from penstock.core.contents import FileState
from penstock.core.files import atomic_folder
from penstock.versions import record
from penstock.versions.record import EXTRA, RECORD, Push, content_digest

_STAGING = ".staging-"
_DAMAGED = ".damaged-"
_LOCK = ".lock"


@contextmanager
def exclusive_access(directory: Path) -> Iterator[None]:
    """Lock a folder of versions for the block, made if it does not exist; remove what a killed push left in it.

    Folders without our mark are not removed.
    """
    from filelock import FileLock  # 20 ms, and most commands only read

    directory.mkdir(parents=True, exist_ok=True)
    with FileLock(directory / _LOCK):
        for staged in directory.glob(f"{_STAGING}*"):
            marked_folders.remove(staged)
        yield


def versions(directory: Path) -> list[int]:
    """Return the numbers of the versions in ascending order."""
    return sorted(int(child.name) for child in directory.iterdir() if child.name.isdecimal() and child.is_dir())


def latest_first(directory: Path) -> list[int]:
    """Return the numbers of the versions, the one that was pushed last first; none if the folder does not exist."""
    if not directory.is_dir():
        return []
    return sorted(versions(directory), key=lambda version: (_push_number(directory, version), version), reverse=True)


def next_push(directory: Path, origin: str) -> Push:
    """Return the push that follows all others in a folder.

    Args:
        directory: The folder of versions.
        origin: The SHA-256 of the address of the model's artifact.
    """
    return Push(max((_push_number(directory, version) for version in versions(directory)), default=0) + 1, origin)


def record_push(version: Path, push: Push) -> None:
    """Record that an existing version was pushed again; the caller must hold `exclusive_access`.

    The same artifact that is pushed again is no newer model.

    Raises:
        OSError: The record cannot be written.
    """
    current = record.read(version)
    if current is not None and (current.push is None or current.push.origin != push.origin):
        # Without an origin it is not known whether the artifact is another one, so the order stays.
        number = push.number if current.push is not None else int(version.name)
        record.update_push(version, Push(number, push.origin))


def publish(model: Path, version: Path, additions: Mapping[Path, bytes], push: Push | None = None) -> None:
    """Publish a model as a new version; the caller must hold `exclusive_access`.

    Args:
        model: The folder of the SavedModel.
        version: The folder of the version.
        additions: The content of the files that the push adds, by their names in the version.
        push: The push, for the record.

    Raises:
        OSError: The version cannot be written; nothing is left of it.
    """
    with _folder(version) as staged_version:
        _write(model, staged_version, additions, push)


def replace(model: Path, version: Path, additions: Mapping[Path, bytes]) -> None:
    """Replace a damaged or missing version; the caller must hold `exclusive_access`.

    Files that others put into the version's `assets.extra` are kept.

    Args:
        model: The folder of the SavedModel.
        version: The folder of the version.
        additions: The content of the files that the push adds, by their names in the version.

    Raises:
        OSError: The version cannot be written; the old one is unchanged.
    """
    before = record.read(version)
    with _folder(version) as staged_version:
        _write(model, staged_version, additions, before.push if before else None)
        _copy_extras(version, staged_version, before.files if before and before.files else {})


def set_aside(version: Path) -> Path:
    """Rename a version so that nothing serves it, and return its new path."""
    return version.rename(version.with_name(f"{_DAMAGED}{version.name}-{uuid.uuid4().hex[:8]}"))


def _folder(version: Path) -> AbstractContextManager[Path]:
    """Return the context manager of a folder that becomes a version."""
    return atomic_folder(version, version.with_name(f"{_STAGING}{uuid.uuid4().hex}"))


def _push_number(directory: Path, version: int) -> int:
    found = record.read(directory / str(version))
    return found.push.number if found and found.push else version


def _write(model: Path, staged_version: Path, additions: Mapping[Path, bytes], push: Push | None) -> None:
    """Copy a model with permissions for this user only, and add the files of the push and the record."""
    shutil.copytree(model, staged_version, dirs_exist_ok=True)
    (staged_version / EXTRA).mkdir(exist_ok=True)
    for name, content in additions.items():
        (staged_version / name).write_bytes(content)
    record.write(staged_version, content_digest(model), push)
    for path in [*staged_version.rglob("*"), staged_version]:
        path.chmod(0o700 if path.is_dir() else 0o600)


def _copy_extras(version: Path, staged_version: Path, pushed: Mapping[str, FileState]) -> None:
    """Copy the files that others put into a version: those that no push wrote."""
    for file in (version / EXTRA).glob("*"):
        name = EXTRA / file.name
        if name != RECORD and name.as_posix() not in pushed and not (staged_version / name).exists():
            (shutil.copytree if file.is_dir() else shutil.copy2)(file, staged_version / name)
