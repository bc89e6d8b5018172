"""Pushed versions: the artifact of a version and the execution that pushed it."""

from collections.abc import Mapping
from pathlib import Path

from penstock.core.errors import ConfigError
from penstock.metadata.connection import store_name
from penstock.metadata.queries import OUTPUT, ArtifactRow, ExecutionRow, MetadataRows
from penstock.metadata.store import Store

LATEST = "latest"


def find_push(store: Store, rows: MetadataRows, number: str) -> tuple[ArtifactRow, ExecutionRow]:
    """Return the PushedModel artifact of a version, and the execution that pushed it; `latest` is the last push.

    Raises:
        ConfigError: No run in the store pushed it.
    """
    if number != LATEST and (found := _pushes(store, rows, rows.artifacts_of_version(number))):
        return found[-1]
    all_pushes = pushes(store, rows)
    of_number = [each for each in all_pushes if str(each[0].properties["pushed_version"]) == number]
    found = all_pushes[-1:] if number == LATEST else of_number
    if found:
        return found[-1]
    known = sorted({int(artifact.properties["pushed_version"]) for artifact, _ in all_pushes})
    folder = store.push / number
    present = number.isdecimal() and folder.is_dir()
    raise ConfigError(
        f"version {number}",
        f"one of {', '.join(map(str, known[-10:]))}" if known else "a version that a run pushed",
        f"{folder}, which no run in {store_name(store)} pushed" if present else "none of that number",
        "list the runs with `penstock runs`" if known else "write `penstock run`",
    )


def pushes(store: Store, rows: MetadataRows) -> list[tuple[ArtifactRow, ExecutionRow]]:
    """Return the pushes of the pipeline's runs, oldest first; those into the configured folder follow all others."""
    return _pushes(store, rows, rows.artifacts_of_type("PushedModel"))


def _pushes(
    store: Store, rows: MetadataRows, found: Mapping[int, ArtifactRow]
) -> list[tuple[ArtifactRow, ExecutionRow]]:
    artifacts = {id: row for id, row in found.items() if row.type == "PushedModel" and row.properties.get("pushed")}
    origins: dict[int, int] = {}
    for event in rows.events_of_artifacts(artifacts):
        if event.type == OUTPUT:
            origins.setdefault(event.artifact, event.execution)
    executions = {e.id: e for e in rows.executions(origins.values()) if e.pipeline == store.pipeline}
    pairs = [(artifacts[a], executions[e]) for a, e in sorted(origins.items()) if e in executions]
    folder = store.push
    return sorted(pairs, key=lambda each: Path(each[0].properties.get("pushed_destination", "")).parent == folder)
