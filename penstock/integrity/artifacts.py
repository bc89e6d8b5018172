"""The live artifacts of a pipeline, and which of them are damaged."""

from collections.abc import Collection
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from penstock.config.config import Config
from penstock.core.contents import Difference
from penstock.integrity import manifests
from penstock.metadata.location import below, holds_store
from penstock.metadata.queries import MetadataRows


@dataclass(frozen=True)
class LiveArtifact:
    """An artifact that the store records as usable.

    Attributes:
        id: Its number in the store.
        folder: The folder of its files.
        name: Node, output and number of the execution, such as `Trainer/model/8`, or its folder outside of `artifacts`.
        ours: Whether the folder is in the folder of artifacts of this configuration.
    """

    id: int
    folder: Path
    name: str
    ours: bool


@dataclass(frozen=True)
class Damage:
    """An artifact that has changed since it was written."""

    artifact: LiveArtifact
    differences: tuple[Difference, ...]

    @property
    def words(self) -> str:
        """A description of the damage."""
        first, *more = self.differences
        return str(first) + (f", and {len(more)} more" if more else "")


def live_artifacts(config: Config, ids: Collection[int] | None = None) -> list[LiveArtifact]:
    """Return the live artifacts of the pipeline, or those with the given numbers; remote ones are left out.

    Raises:
        StoreError: The store cannot be read.
    """
    with MetadataRows(config.store) as rows:
        found = rows.outputs(config.name) if ids is None else rows.artifacts(ids)
    return [
        _live_artifact(config, id, row.uri)
        for id, row in found.items()
        if row.live and row.uri and "://" not in row.uri
    ]


def damaged_artifacts(config: Config, ids: Collection[int] | None = None, *, verify: bool = False) -> list[Damage]:
    """Return the damaged artifacts, of all or of those with the given numbers.

    If several projects share the metadata store, artifacts in other folders belong to them, and are not checked.

    Raises:
        StoreError: The store cannot be read.
    """
    is_private = holds_store(config.store)
    damages = []
    for artifact in live_artifacts(config, ids):
        if artifact.ours:
            differences = manifests.check(artifact.folder, verify=verify)
        elif is_private:
            differences = (Difference("missing", "the folder", f"is outside of {config.artifacts}"),)
        else:
            continue
        if differences:
            damages.append(Damage(artifact, differences))
    return damages


def write_manifests(config: Config, ids: Collection[int] | None = None) -> None:
    """Write a manifest for each artifact that has none, of all or of those with the given numbers.

    Raises:
        DataError: The disk is full, or a file cannot be written.
    """
    for artifact in without_manifest(config, ids):
        manifests.write(artifact.folder)


def without_manifest(config: Config, ids: Collection[int] | None = None) -> list[LiveArtifact]:
    """Return the existing artifacts of this configuration that have no manifest."""
    return [a for a in live_artifacts(config, ids) if a.ours and a.folder.is_dir() and not manifests.exists(a.folder)]


def _live_artifact(config: Config, id: int, uri: str) -> LiveArtifact:
    inside = below(Path(uri), config.artifacts)
    if inside is None:
        return LiveArtifact(id, Path(uri), uri, ours=False)
    return LiveArtifact(id, config.artifacts / inside, inside.as_posix(), ours=True)


def output_folders(artifacts: Path, node: str, execution: int) -> list[Path]:
    """Return the output folders of an execution, without those behind a symbolic link."""
    patterns = [f"{escape(node)}/{places}/{execution}" for places in ("*", ".system/*")]
    folders = [folder for pattern in patterns for folder in artifacts.glob(pattern)]
    return [folder for folder in folders if folder.resolve() == artifacts.resolve() / folder.relative_to(artifacts)]
