"""Repairs damage: a pushed version is restored from its artifacts, and a damaged artifact is produced again."""

import shutil
from collections.abc import Callable, Iterable

from penstock.config.config import Config
from penstock.integrity import artifacts, pushed_versions
from penstock.integrity.artifacts import Damage
from penstock.integrity.manifests import manifest_file
from penstock.integrity.pushed_versions import PushedVersion
from penstock.metadata.lineage import Run

Report = Callable[[str], None]


def repair_damage(config: Config, last: Run | None, report: Report, *, verify: bool = False) -> bool:
    """Restore versions, and discard damaged artifacts; return whether the last run can be repeated.

    Args:
        config: The configuration.
        last: The last run, if nothing has changed since; only its artifacts are checked, unless one is damaged.
        report: Called with a line about each damaged version and artifact.
        verify: Whether to read the content of all files, and not only of those whose time changed.

    Raises:
        StoreError: The store cannot be read or written.
        OSError: A version cannot be written.
    """
    is_intact = _versions(config, last, report, verify=verify)
    damages = artifacts.damaged_artifacts(config, _outputs(last), verify=verify)
    if damages and last:
        damages = artifacts.damaged_artifacts(config, verify=verify)
    for damage in damages:
        report(f"Damaged, to be made again: {damage.artifact.name} ({damage.words})")
    discard(config, damages)
    return is_intact and not damages


def discard(config: Config, damages: Iterable[Damage]) -> None:
    """Record that artifacts are deleted, and remove their files if they are in this configuration's folder.

    Raises:
        StoreError: The store cannot be written.
    """
    damages = list(damages)
    if not damages:
        return
    mark_deleted(config, [damage.artifact.id for damage in damages])
    for damage in damages:
        if damage.artifact.ours:
            manifest_file(damage.artifact.folder).unlink(missing_ok=True)
            shutil.rmtree(damage.artifact.folder, ignore_errors=True)


def mark_deleted(config: Config, artifacts: list[int]) -> None:
    """Record that artifacts are deleted, so that the nodes that produced them run again."""
    from penstock.metadata import recording  # ML Metadata takes longer to import than what only reads

    recording.mark_deleted(config.store, artifacts)


def mark_failed(config: Config, executions: list[int]) -> None:
    """Record that executions failed whose process has ended."""
    from penstock.metadata import recording

    recording.mark_failed(config.store, executions)


def _outputs(run: Run | None) -> set[int] | None:
    return {artifact.id for node in run.nodes for artifact in node.outputs} if run else None


def _versions(config: Config, last: Run | None, report: Report, *, verify: bool) -> bool:
    """Restore damaged versions and a missing version of the last run; return whether the latter is in place.

    A missing older version is not restored: it may have been removed on purpose.
    """
    pushed = last.pushed_version if last else None
    in_place = True
    for version in pushed_versions.recorded(config):
        needed = version.number == pushed
        if not (needed or version.folder.is_dir()):
            continue
        differences = pushed_versions.check(version, verify=verify)
        if differences:
            restored = _restore(version, str(differences[0]), report)
            in_place = in_place and (restored or not needed)
    return in_place


def _restore(version: PushedVersion, damage: str, report: Report) -> bool:
    restored = pushed_versions.restore(version)
    outcome = "restored from its artifacts" if restored else "and cannot be restored from its artifacts"
    report(f"Damaged: version {version.number} ({damage}), {outcome}")
    return restored
