"""The pages of lineage: of a version, of an artifact up and down, of a file of the source."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from penstock.dashboard.sources import NoPage, Source
from penstock.metadata.lineage import Artifact
from penstock.metadata.queries import INPUT, OUTPUT, ExecutionRow, MetadataRows


@dataclass(frozen=True)
class Neighbour:
    """An execution next to an artifact, and the artifacts on its other side, each with its type."""

    execution: ExecutionRow
    artifacts: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Around:
    """An artifact: what produced it from what, what read it to make what, and the versions that depend on it."""

    artifact: Artifact
    producers: tuple[Neighbour, ...]
    consumers: tuple[Neighbour, ...]
    versions: tuple[int, ...]


@dataclass(frozen=True)
class FileUse:
    """The use of a file in a run: under which path, in which examples."""

    run: str
    path: str
    artifact: int


def around(source: Source, id: int) -> Around:
    """Return an artifact with its neighbours in the lineage.

    Raises:
        NoPage: There is none of that number.
    """
    with MetadataRows(source.config.store) as rows:
        row = rows.artifacts([id]).get(id)
        events = rows.events_of_artifacts([id])
        executions = {each.id: each for each in rows.executions([event.execution for event in events])}
        if row is None or not any(each.pipeline == source.config.name for each in executions.values()):
            raise NoPage(f"artifact {id}", f"one of {source.key}", "none of that number", "go back to the run")
        beyond = rows.events(list(executions))
        names = rows.artifacts([event.artifact for event in beyond])
        key = next((event.key for event in events), "")
        versions = _versions_below(rows, [id])[id]

    def neighbours(kind: int, other: int) -> tuple[Neighbour, ...]:
        ids = dict.fromkeys(event.execution for event in events if event.type == kind)
        return tuple(Neighbour(executions[id], others(id, other)) for id in ids)

    def others(execution: int, kind: int) -> tuple[tuple[int, str], ...]:
        found = [event.artifact for event in beyond if (event.execution, event.type) == (execution, kind)]
        return tuple((each, names[each].type) for each in found)

    artifact = Artifact(row.id, row.type, key, row.uri, row.properties, row.live)
    return Around(artifact, neighbours(OUTPUT, INPUT), neighbours(INPUT, OUTPUT), versions)


def uses_of_file(source: Source, digest: str) -> list[FileUse]:
    """Return the runs that read a file, by its SHA-256 or the beginning of it, newest first."""
    found = []
    for run in source.runs.all():
        examples = run.output("Examples")
        text = str(examples.properties.get("files") or "[]") if examples else "[]"
        # Nearly all of the time would be spent on reading the lists of other files.
        for file in json.loads(text) if digest in text else []:
            if examples and str(file.get("sha256", "")).startswith(digest):
                found.append(FileUse(run.id, str(file.get("path", "")), examples.id))
    return found


def versions_of(source: Source, uses: Iterable[FileUse]) -> dict[int, tuple[int, ...]]:
    """Return the versions that were made from the examples of some uses, by the number of the examples."""
    with MetadataRows(source.config.store) as rows:
        return _versions_below(rows, {use.artifact for use in uses})


def _versions_below(rows: MetadataRows, artifacts: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Return the versions that depend on each of some artifacts; one level of the graph of all of them per round."""
    origins = {id: {id} for id in artifacts}
    waiting = set(origins)
    while waiting:
        readers: dict[int, set[int]] = {}
        for event in rows.events_of_artifacts(waiting):
            if event.type == INPUT:
                readers.setdefault(event.execution, set()).update(origins[event.artifact])
        waiting = set()
        for event in rows.events(readers):
            known = origins.setdefault(event.artifact, set()) if event.type == OUTPUT else readers[event.execution]
            if not readers[event.execution] <= known:
                known |= readers[event.execution]
                waiting.add(event.artifact)
    found: dict[int, set[int]] = {id: set() for id in origins}
    for row in rows.artifacts_of_type("PushedModel", among=origins).values():
        if row.properties.get("pushed"):
            for id in origins[row.id]:
                found[id].add(int(row.properties["pushed_version"]))
    return {id: tuple(sorted(versions)) for id, versions in found.items()}
