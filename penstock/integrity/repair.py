"""Putting right what is damaged: a pushed version is restored from its artifacts, an artifact is made again."""

import shutil
from collections.abc import Callable, Iterable

from penstock.config.config import Config
from penstock.integrity import artifacts, pushed_versions
from penstock.integrity.artifacts import Damage
from penstock.integrity.manifests import manifest_file
from penstock.integrity.pushed_versions import PushedVersion
from penstock.metadata.lineage import Run

Report = Callable[[str], None]


def repair_damage(config: Config, last: Run | None, tell: Report, *, verify: bool = False) -> bool:
    """Restore versions, and have damaged artifacts made again; return whether the last run still stands.

    Args:
        config: The configuration.
        last: The run that nothing has changed since; only its artifacts are looked at, unless one is damaged.
        tell: Takes a line for each thing that was damaged.
        verify: Whether to read all content, and not only that of files whose time has changed.
    """
    stands = _versions(config, last, tell, verify=verify)
    damages = artifacts.damaged_artifacts(config, _outputs(last), verify=verify)
    if damages and last:
        damages = artifacts.damaged_artifacts(config, verify=verify)
    for damage in damages:
        tell(f"Damaged, to be made again: {damage.artifact.name} ({damage.words})")
    discard(config, damages)
    return stands and not damages


def discard(config: Config, damages: Iterable[Damage]) -> None:
    """Have the store say that artifacts are no more, and remove what is left of them among ours."""
    damages = list(damages)
    if not damages:
        return
    mark_deleted(config, [damage.artifact.id for damage in damages])
    for damage in damages:
        if damage.artifact.ours:
            manifest_file(damage.artifact.folder).unlink(missing_ok=True)
            shutil.rmtree(damage.artifact.folder, ignore_errors=True)


def mark_deleted(config: Config, artifacts: list[int]) -> None:
    """Have the store say that artifacts are no more, so that whatever made them runs again."""
    from penstock.metadata import recording  # ML Metadata takes longer to import than what only reads

    recording.mark_deleted(config.store, artifacts)


def mark_failed(config: Config, executions: list[int]) -> None:
    """Have the store say that executions failed which nobody runs any more."""
    from penstock.metadata import recording

    recording.mark_failed(config.store, executions)


def _outputs(run: Run | None) -> set[int] | None:
    return {artifact.id for node in run.nodes for artifact in node.outputs} if run else None


def _versions(config: Config, last: Run | None, tell: Report, *, verify: bool) -> bool:
    """Restore the versions that are damaged, and the last run's one that is gone; say whether the latter is in place.

    An older version that is gone was perhaps not wanted any more.
    """
    pushed = last.pushed_version if last else None
    in_place = True
    for version in pushed_versions.recorded(config):
        needed = version.number == pushed
        if not (needed or version.folder.is_dir()):
            continue
        found = pushed_versions.check(version, verify=verify)
        if found:
            restored = _restore(version, str(found[0]), tell)
            in_place = in_place and (restored or not needed)
    return in_place


def _restore(version: PushedVersion, what: str, tell: Report) -> bool:
    restored = pushed_versions.restore(version)
    outcome = "restored from its artifacts" if restored else "and no longer to be had from its artifacts"
    tell(f"Damaged: version {version.number} ({what}), {outcome}")
    return restored
