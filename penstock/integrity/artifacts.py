"""The artifacts that a pipeline keeps, and which of them are damaged."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from penstock.config.config import Config
from penstock.core.contents import Difference
from penstock.integrity import manifests
from penstock.metadata.location import below, holds_store
from penstock.metadata.queries import MetadataRows


@dataclass(frozen=True)
class LiveArtifact:
    """An artifact that the store says can be used.

    Attributes:
        id: Its number in the store.
        folder: Where its files are.
        name: Node, output and number of the execution, such as `Trainer/model/8`; its folder, if that is elsewhere.
        ours: Whether the folder is among the artifacts of this configuration.
    """

    id: int
    folder: Path
    name: str
    ours: bool


@dataclass(frozen=True)
class Damage:
    """An artifact that is not what it was when it was made."""

    artifact: LiveArtifact
    differences: tuple[Difference, ...]

    @property
    def words(self) -> str:
        """What is wrong with it, for a person to read."""
        first, *more = self.differences
        return str(first) + (f", and {len(more)} more" if more else "")


def live_artifacts(config: Config, ids: Collection[int] | None = None) -> list[LiveArtifact]:
    """Return what the pipeline keeps, or those of it that are named, as far as their folders are on this machine."""
    with MetadataRows(config.store) as rows:
        found = rows.outputs(config.name) if ids is None else rows.artifacts(ids)
    return [
        _live_artifact(config, id, row.uri)
        for id, row in found.items()
        if row.live and row.uri and "://" not in row.uri
    ]


def damaged_artifacts(config: Config, ids: Collection[int] | None = None, *, verify: bool = False) -> list[Damage]:
    """Return the artifacts that are damaged, of all or of those that are named.

    Those in other folders are somebody else's where others share the metadata store, and are left alone.
    """
    own = holds_store(config.store)
    found = []
    for artifact in live_artifacts(config, ids):
        if artifact.ours:
            differences = manifests.check(artifact.folder, verify=verify)
        elif own:
            differences = (Difference("missing", "the folder", f"is outside of {config.artifacts}"),)
        else:
            continue
        if differences:
            found.append(Damage(artifact, differences))
    return found


def write_manifests(config: Config, ids: Collection[int] | None = None) -> None:
    """Write the manifest of each artifact that has none, of all or of those that are named.

    Raises:
        DataError: The disk is full, or does not let a file be written.
    """
    for artifact in without_manifest(config, ids):
        manifests.write(artifact.folder)


def without_manifest(config: Config, ids: Collection[int] | None = None) -> list[LiveArtifact]:
    """Return the artifacts of this configuration that are there and have no manifest."""
    return [a for a in live_artifacts(config, ids) if a.ours and a.folder.is_dir() and not manifests.exists(a.folder)]


def _live_artifact(config: Config, id: int, uri: str) -> LiveArtifact:
    inside = below(Path(uri), config.artifacts)
    if inside is None:
        return LiveArtifact(id, Path(uri), uri, ours=False)
    return LiveArtifact(id, config.artifacts / inside, inside.as_posix(), ours=True)
