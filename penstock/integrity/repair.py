"""Putting right what is damaged: a pushed version is restored from its artifacts, an artifact is made again."""

import shutil
from collections.abc import Callable, Iterable

from penstock.config.config import Config
from penstock.integrity import kept
from penstock.integrity import pushed as pushed_versions
from penstock.integrity.kept import Damage
from penstock.integrity.manifests import place_of
from penstock.integrity.pushed import Pushed
from penstock.metadata.lineage import Run

Tell = Callable[[str], None]


def put_right(config: Config, last: Run | None, tell: Tell, *, verify: bool = False) -> bool:
    """Restore versions, and have damaged artifacts made again; return whether the last run still stands.

    Args:
        config: The configuration.
        last: The run that nothing has changed since; only its artifacts are looked at, unless one is damaged.
        tell: Takes a line for each thing that was damaged.
        verify: Whether to read all content, and not only that of files whose time has changed.
    """
    stands = _versions(config, last, tell, verify=verify)
    damages = kept.damaged(config, _outputs(last), verify=verify)
    if damages and last:
        damages = kept.damaged(config, verify=verify)
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
            place_of(damage.artifact.folder).unlink(missing_ok=True)
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


def _versions(config: Config, last: Run | None, tell: Tell, *, verify: bool) -> bool:
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


def _restore(version: Pushed, what: str, tell: Tell) -> bool:
    restored = pushed_versions.restore(version)
    outcome = "restored from its artifacts" if restored else "and no longer to be had from its artifacts"
    tell(f"Damaged: version {version.number} ({what}), {outcome}")
    return restored
