"""VersionedPush: the executor that Pusher runs: versions are rising integers and appear by one rename.

TensorFlow Serving takes each folder whose name is an integer for a version, so a version is staged under a name that is
none, written through to the disk, and renamed. A model that was pushed before keeps its version: a digest of the files
lies beside the model, under `assets.extra`, which SavedModel leaves to its users.
"""

import hashlib
import json
import os
import shutil
import stat
import uuid
from pathlib import Path
from typing import Any

from filelock import FileLock
from tfx.components.pusher import executor
from tfx.proto import pusher_pb2
from tfx.types import artifact_utils
from tfx.utils import io_utils, proto_utils

from components.artifact_files import read_here, read_split
from components.pushed_statistics import STATISTICS
from pipeline.errors import NodeError
from tables import marked

RECORD = Path("assets.extra") / "penstock.json"
_STAGING = ".staging-"
_LOCK = ".lock"


class VersionedPush(executor.Executor):
    """Pushes a blessed model; a refused one leaves the destination as it was."""

    def Do(self, input_dict: dict[str, Any], output_dict: dict[str, Any], exec_properties: dict[str, Any]) -> None:
        """Push the model if it is blessed.

        Args:
            input_dict: `model`, `model_blessing`, and `statistics` of the rows that it was trained on.
            output_dict: `pushed_model`: gets a copy of the model and the properties that TFX's Pusher gives.
            exec_properties: `push_destination`, a JSON PushDestination with a filesystem.
        """
        pushed = artifact_utils.get_single_instance(output_dict["pushed_model"])
        if not self.CheckBlessing(input_dict):
            self._MarkNotPushed(pushed)
            return
        destination = pusher_pb2.PushDestination()
        proto_utils.json_to_proto(exec_properties["push_destination"], destination)
        directory = destination.filesystem.base_directory
        model = self.GetModelPath(input_dict)
        with read_here(model) as folder:
            version = push(folder, Path(directory), _training_statistics(input_dict))
        io_utils.copy_dir(model, pushed.uri)
        self._MarkPushed(pushed, os.path.join(directory, str(version)), str(version))


def push(model: Path, directory: Path, statistics: bytes | None = None) -> int:
    """Make `model` a version under `directory` and return its number; the number that it has, if it was pushed before.

    Args:
        model: The folder of the SavedModel.
        directory: The folder of versions.
        statistics: Of the rows that the model was trained on; the version carries them.

    Raises:
        NodeError: The folder cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with FileLock(directory / _LOCK):
            _sweep(directory)
            digest = content_digest(model)
            existing = _versions(directory)
            for version in existing:
                if _recorded_digest(directory / str(version)) == digest:
                    return version
            version = max(existing, default=0) + 1
            _publish(model, directory / str(version), digest, statistics)
            return version
    except OSError as error:
        raise NodeError(
            f"push to {directory}", "a writable folder", error.strerror or str(error), "change [push] directory"
        ) from error


def content_digest(folder: Path) -> str:
    """Return the SHA-256 over the names and contents of the files below a folder, but for what we add to a version."""
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        name = file.relative_to(folder)
        if name not in (RECORD, STATISTICS):
            digest.update(f"{name.as_posix()}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _training_statistics(input_dict: dict[str, Any]) -> bytes | None:
    """Return the statistics of the split `train`, or None where the node was given none."""
    given = input_dict.get("statistics")
    return read_split(artifact_utils.get_single_instance(given), "train", "FeatureStats.pb") if given else None


def _publish(model: Path, target: Path, digest: str, statistics: bytes | None) -> None:
    staging = target.with_name(f"{_STAGING}{uuid.uuid4().hex}")
    marked.make(staging)
    staged = staging / target.name
    shutil.copytree(model, staged)
    record = staged / RECORD
    record.parent.mkdir(exist_ok=True)
    record.write_text(json.dumps({"digest": digest}), encoding="utf-8")
    if statistics is not None:
        (staged / STATISTICS).write_bytes(statistics)
    for path in [*staged.rglob("*"), staged]:
        _seal(path)
    staged.rename(target)
    _flush(target.parent)
    marked.remove(staging)


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


def _sweep(directory: Path) -> None:
    """Remove what a push that was killed left; the lock says that no other push is under way.

    A folder that only has such a name stays.
    """
    for staged in directory.glob(f"{_STAGING}*"):
        marked.remove(staged)


def _versions(directory: Path) -> list[int]:
    return sorted(int(child.name) for child in directory.iterdir() if child.name.isdecimal() and child.is_dir())


def _recorded_digest(version: Path) -> str:
    try:
        return str(json.loads((version / RECORD).read_text(encoding="utf-8"))["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return content_digest(version)
