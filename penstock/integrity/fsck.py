"""Differences between the metadata store, the artifacts and the pushed versions, and the repair of each."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from penstock.config.config import Config
from penstock.integrity import artifacts, manifests, pushed_versions, run_locks
from penstock.integrity.artifacts import Damage
from penstock.integrity.pushed_versions import PushedVersion
from penstock.integrity.repair import discard, mark_deleted, mark_failed
from penstock.metadata import lineage
from penstock.metadata.queries import ExecutionRow
from penstock.versions import record
from penstock.versions.folders import exclusive_access, set_aside, versions

Kind = Literal[
    "missing", "truncated", "changed", "added", "unreadable", "unnoted", "orphan", "running", "no record", "unknown"
]

# Node, output and number of an execution.
_OURS = re.compile(r"[A-Z][A-Za-z]*/[a-z_]+/[0-9]+")


@dataclass(frozen=True)
class Disagreement:
    """One difference between the metadata store and the disk.

    Attributes:
        kind: The kind of the difference.
        place: The artifact, the version or the run.
        words: The difference as a clause, with the name of the file.
        repair: Repairs it, and returns what was done; None if the user has to decide.
    """

    kind: Kind
    place: str
    words: str
    repair: Callable[[], str] | None = None

    def __str__(self) -> str:
        return f"{self.kind:<11}{self.place}: {self.words}"


def examine(config: Config, *, verify: bool = False) -> list[Disagreement]:
    """Return all disagreements in the order of their repair: versions first, because they are restored from artifacts.

    Args:
        config: The configuration.
        verify: Whether to read the content of all files, and not only of those whose time changed.

    Raises:
        StoreError: The store cannot be read.
    """
    return [
        *_versions(config, verify=verify),
        *_unknown_versions(config),
        *_running(config),
        *_artifacts(config, verify=verify),
        *_orphans(config),
    ]


def _artifacts(config: Config, *, verify: bool) -> Iterator[Disagreement]:
    for damage in artifacts.damaged_artifacts(config, verify=verify):
        for difference in damage.differences:
            repair = partial(_discard, config, damage)
            yield Disagreement(difference.kind, damage.artifact.name, str(difference), repair)
    for artifact in artifacts.without_manifest(config):
        repair = partial(_write_manifest, artifact.folder)
        yield Disagreement("unnoted", artifact.name, "there is no digest of its files", repair)


def _orphans(config: Config) -> Iterator[Disagreement]:
    """Yield folders among the artifacts that no execution produced; hidden folders belong to TFX."""
    known = {artifact.folder for artifact in artifacts.live_artifacts(config)}
    running = lineage.running(config.store)
    busy = {str(execution.id) for execution in running if run_locks.run_state(config, execution.run) != "dead"}
    for folder in sorted(config.artifacts.glob("[!.]*/[!.]*/[!.]*")):
        if folder in known or folder.name in busy or not folder.is_dir():
            continue
        name = folder.relative_to(config.artifacts).as_posix()
        ours = _OURS.fullmatch(name) and not folder.is_symlink()
        repair = partial(_remove, folder) if ours else None
        yield Disagreement("orphan", name, "no execution produced this folder", repair)


def _running(config: Config) -> Iterator[Disagreement]:
    for execution in lineage.running(config.store):
        state = run_locks.run_state(config, execution.run)
        if state == "alive":
            continue
        dead = state == "dead"
        words = f"{execution.node} is recorded as running, and " + (
            "its run has ended" if dead else "whether its run is alive cannot be checked here"
        )
        yield Disagreement(
            "running", f"run {execution.run}", words, partial(_fail, config, execution) if dead else None
        )


def _versions(config: Config, *, verify: bool) -> Iterator[Disagreement]:
    for version in pushed_versions.recorded(config):
        if not (version.artifact.live or version.folder.is_dir()):
            continue
        another = pushed_versions.is_other_model(version)
        for difference in pushed_versions.check(version, verify=verify):
            repair = None if another else partial(_restore, config, version)
            yield Disagreement(difference.kind, f"version {version.number}", str(difference), repair)


def _unknown_versions(config: Config) -> Iterator[Disagreement]:
    directory = config.path(config.push.directory)
    known = {version.folder for version in pushed_versions.recorded(config)}
    for number in versions(directory) if directory.is_dir() else []:
        folder = directory / str(number)
        if not (folder / record.RECORD).exists():
            yield Disagreement("no record", f"version {number}", "it has no record of what was pushed")
        elif folder not in known:
            yield Disagreement(
                "unknown", f"version {number}", "the metadata store has no model that it was pushed from"
            )


def _discard(config: Config, damage: Damage) -> str:
    discard(config, [damage])
    return "removed, and the next run produces it again"


def _write_manifest(folder: Path) -> str:
    manifests.write(folder)
    return "recorded its present files"


def _remove(folder: Path) -> str:
    manifests.manifest_file(folder).unlink(missing_ok=True)
    shutil.rmtree(folder)
    return "removed"


def _fail(config: Config, execution: ExecutionRow) -> str:
    mark_failed(config, [execution.id])
    run_locks.remove_lock(config, execution.run)
    return "marked as failed"


def _restore(config: Config, version: PushedVersion) -> str:
    """Restore a version; if it cannot be restored, rename it, so that it is not served, and mark it as deleted."""
    if not pushed_versions.check(version):
        return "restored"  # by the repair of another file of the same version
    if pushed_versions.restore(version):
        return "restored from its artifacts"
    mark_deleted(config, [version.artifact.id])
    if not version.folder.is_dir():
        return "no longer recorded, because its model is no longer stored; the next run pushes one"
    with exclusive_access(version.folder.parent):
        place = set_aside(version.folder)
    return f"renamed to {place.name}, because its model is no longer stored; the next run pushes one"
