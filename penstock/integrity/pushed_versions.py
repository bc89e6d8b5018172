"""The versions that a pipeline pushed: which are damaged, and how one is restored from the artifacts behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from penstock.config.config import Config
from penstock.core.contents import Difference, file_states
from penstock.integrity import manifests
from penstock.metadata.location import below
from penstock.metadata.pushes import pushes
from penstock.metadata.queries import INPUT, ArtifactRow, ExecutionRow, MetadataRows
from penstock.versions import record as pushed_record
from penstock.versions.folders import exclusive_access, replace
from penstock.versions.record import STATISTICS, Record, content_digest, model_files

_MODEL = "Format-Serving"
_STATISTICS = Path("Split-train") / "FeatureStats.pb"


@dataclass(frozen=True)
class PushedVersion:
    """A version as the store knows it.

    Attributes:
        number: The version.
        folder: Where it was pushed to.
        artifact: What Pusher gave.
        inputs: What Pusher read, by the name of the input.
        run: The run that pushed it.
    """

    number: int
    folder: Path
    artifact: ArtifactRow
    inputs: dict[str, ArtifactRow]
    run: str


def recorded(config: Config) -> list[PushedVersion]:
    """Return the versions in the configured folder, as the store knows them; of two pushes into one, the later."""
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
    """Return how a version differs from what was pushed."""
    found = pushed_record.check(version.folder, verify=verify)
    if found or is_other_model(version):
        return found or (Difference("changed", "the model", f"is another one than run {version.run} pushed"),)
    if pushed_record.read(version.folder) is None:
        pushed = _pushed_files(version)
        if pushed is not None and model_files(file_states(version.folder)) != pushed:
            return (Difference("changed", "the model", f"is not as run {version.run} pushed it"),)
    return ()


def is_other_model(version: PushedVersion) -> bool:
    """Say whether the folder holds a version that is whole, but of another model: somebody else pushed it there."""
    record = pushed_record.read(version.folder)
    pushed = _pushed_files(version)
    other = record is not None and pushed is not None and record.model not in (None, pushed)
    return other and not pushed_record.check(version.folder)


def restore(version: PushedVersion) -> bool:
    """Put a damaged or missing version in place again, from what is kept of it; say whether that could be done."""
    if is_other_model(version):
        return False
    record = pushed_record.read(version.folder)
    source = next(_sources(version, record), None)
    statistics = _statistics(version, record)
    if source is None or (statistics is None and not _has_none(record)):
        return False
    with exclusive_access(version.folder.parent):
        replace(source, version.folder, statistics)
    return True


def _pushed_files(version: PushedVersion) -> dict[str, str] | None:
    """Return the SHA-256 of each file that was pushed, by name, or None where that is not known."""
    try:
        return model_files(manifests.read(Path(version.artifact.uri)))
    except ValueError:
        return None


def _sources(version: PushedVersion, record: Record | None) -> Iterator[Path]:
    """Yield the folders that hold the model as it was pushed."""
    candidates = [(version.artifact, Path())]
    if "model" in version.inputs:
        candidates.append((version.inputs["model"], Path(_MODEL)))
    for artifact, inside in candidates:
        folder = Path(artifact.uri)
        intact = folder.is_dir() and manifests.exists(folder) and not manifests.check(folder, verify=True)
        if intact and (record is None or content_digest(folder / inside) == record.digest):
            yield folder / inside


def _statistics(version: PushedVersion, record: Record | None) -> bytes | None:
    """Return the statistics that the version carried, or None where they are not to be had."""
    found = version.inputs.get("statistics")
    if found and not manifests.check(Path(found.uri), verify=True):
        return (Path(found.uri) / _STATISTICS).read_bytes()
    noted = (record.files or {}).get(STATISTICS.as_posix()) if record else None
    file = version.folder / STATISTICS
    held = file.read_bytes() if noted and file.is_file() else None
    same = held is not None and noted is not None and file_states(file.parent)[file.name].sha256 == noted.sha256
    return held if same else None


def _has_none(record: Record | None) -> bool:
    return record is not None and record.files is not None and STATISTICS.as_posix() not in record.files
