"""The versions that a pipeline pushed: which are damaged, and how one is restored from its artifacts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from penstock.config.config import Config
from penstock.core.contents import Difference, file_states, sha256_of
from penstock.integrity import manifests
from penstock.metadata.location import below
from penstock.metadata.pushes import pushes
from penstock.metadata.queries import INPUT, ArtifactRow, ExecutionRow, MetadataRows
from penstock.versions import record as pushed_record
from penstock.versions.folders import exclusive_access, replace
from penstock.versions.record import ADDED_FILES, RECORD, SERVING_FILES, STATISTICS, Record, content_digest, model_files

_MODEL = "Format-Serving"
# By file that a push adds: the input of Pusher with its content, and the file there.
_ORIGINS = {
    STATISTICS: ("statistics", Path("Split-train") / "FeatureStats.pb"),
    **{name: ("certificate", Path(name.name)) for name in SERVING_FILES},
}


@dataclass(frozen=True)
class PushedVersion:
    """A version as the store records it.

    Attributes:
        number: The number of the version.
        folder: The folder of the version.
        artifact: The output of Pusher.
        inputs: The inputs of Pusher, by name.
        run: The run that pushed it.
    """

    number: int
    folder: Path
    artifact: ArtifactRow
    inputs: dict[str, ArtifactRow]
    run: str


def recorded(config: Config) -> list[PushedVersion]:
    """Return the versions in the configured folder that the store records; of two pushes of one version, the later.

    Raises:
        StoreError: The store cannot be read.
    """
    directory = config.path(config.push.directory)
    with MetadataRows(config.store) as rows:
        ours: dict[Path, tuple[ArtifactRow, ExecutionRow]] = {}
        for artifact, execution in pushes(config.store, rows):
            name = below(Path(artifact.properties["pushed_destination"]), directory)
            if name is not None and len(name.parts) == 1:
                ours[directory / name] = (artifact, execution)
        edges = [event for event in rows.events([e.id for _, e in ours.values()]) if event.type == INPUT]
        read = rows.artifacts({event.artifact for event in edges})
    inputs: dict[int, dict[str, ArtifactRow]] = {}
    for event in edges:
        inputs.setdefault(event.execution, {})[event.key] = read[event.artifact]
    return [
        PushedVersion(int(artifact.properties["pushed_version"]), folder, artifact, inputs.get(e.id, {}), e.run)
        for folder, (artifact, e) in ours.items()
    ]


def check(version: PushedVersion, *, verify: bool = False) -> tuple[Difference, ...]:
    """Return how a version differs from what was pushed.

    Args:
        version: The version.
        verify: Whether to read the content of all files, and not only of those whose time changed.
    """
    found = pushed_record.check(version.folder, verify=verify)
    if found or is_other_model(version):
        return found or (Difference("changed", "the model", f"is another one than run {version.run} pushed"),)
    if pushed_record.read(version.folder) is None:
        pushed = _pushed_files(version)
        if pushed is not None and model_files(file_states(version.folder)) != pushed:
            return (Difference("changed", "the model", f"is not as run {version.run} pushed it"),)
    return ()


def is_other_model(version: PushedVersion) -> bool:
    """Return whether the folder contains an intact version of another model, which another project pushed."""
    record = pushed_record.read(version.folder)
    pushed = _pushed_files(version)
    other = record is not None and pushed is not None and record.model not in (None, pushed)
    return other and not pushed_record.check(version.folder)


def restore(version: PushedVersion) -> bool:
    """Restore a damaged or missing version from its artifacts; return whether it was possible.

    Raises:
        OSError: The version cannot be written.
    """
    if is_other_model(version):
        return False
    record = pushed_record.read(version.folder)
    source = next(_sources(version, record), None)
    additions = {name: _addition(version, record, name) for name in _added(version, record)}
    found = {name: content for name, content in additions.items() if content is not None}
    if source is None or len(found) < len(additions):
        return False
    with exclusive_access(version.folder.parent):
        replace(source, version.folder, found)
    return True


def _pushed_files(version: PushedVersion) -> dict[str, str] | None:
    """Return the SHA-256 of each file that was pushed, by path; None if it is not known."""
    try:
        return model_files(manifests.read(Path(version.artifact.uri)))
    except ValueError:
        return None


def _sources(version: PushedVersion, record: Record | None) -> Iterator[Path]:
    """Yield the folders with an intact copy of the pushed model."""
    candidates = [(version.artifact, Path())]
    if "model" in version.inputs:
        candidates.append((version.inputs["model"], Path(_MODEL)))
    for artifact, inside in candidates:
        folder = Path(artifact.uri)
        intact = folder.is_dir() and manifests.exists(folder) and not manifests.check(folder, verify=True)
        if intact and (record is None or content_digest(folder / inside) == record.digest):
            yield folder / inside


def _added(version: PushedVersion, record: Record | None) -> list[Path]:
    """Return the names of the files that the push added; of a version without a record, those it would add."""
    if record is not None and record.files is not None:
        return [name for name in ADDED_FILES if name != RECORD and name.as_posix() in record.files]
    made = [name for name in SERVING_FILES if (place := _origin(version, name)) is not None and place.is_file()]
    return [STATISTICS, *made]


def _addition(version: PushedVersion, record: Record | None, name: Path) -> bytes | None:
    """Return the content of a file that the push added; None if there is no intact copy."""
    place = _origin(version, name)
    if place is not None and place.is_file():
        return place.read_bytes()
    recorded = (record.files or {}).get(name.as_posix()) if record else None
    file = version.folder / name
    if recorded is None or not file.is_file() or sha256_of(file) != recorded.sha256:
        return None
    return file.read_bytes()


def _origin(version: PushedVersion, name: Path) -> Path | None:
    """Return the file of an intact artifact that has the content of a file that the push adds; None if there is none.

    The file itself may be missing.
    """
    key, file = _ORIGINS[name]
    found = version.inputs.get(key)
    return Path(found.uri) / file if found and not manifests.check(Path(found.uri), verify=True) else None
