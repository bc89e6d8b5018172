"""The ancestry of a pushed version: each execution and artifact that it came from, back to the files of the rows.

The way back goes from an artifact to the execution that made it and on to what that one read, through as many runs as
it takes: what a run took from the cache came from an earlier one. It ends at a model that was only compared with, for
nothing of it is in the version.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from penstock.metadata.lineage import Artifact
from penstock.metadata.pushes import find_push
from penstock.metadata.queries import INPUT, OUTPUT, EventRow, MetadataRows
from penstock.metadata.store import Store

BASELINE = "baseline_model"


@dataclass(frozen=True)
class Step:
    """One execution on the way.

    Attributes:
        id: Its number in the store.
        node: The node's name in the pipeline.
        type: The component.
        run: The run that it really ran in.
        started: Seconds since 1970.
        seconds: From start to end.
        properties: What it was called with.
        inputs: The numbers of the artifacts that it read, each with the name of the input.
    """

    id: int
    node: str
    type: str
    run: str
    started: float
    seconds: float
    properties: dict[str, Any]
    inputs: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Origin:
    """What rows an Examples artifact was made of; None where ExampleGen did not note it.

    Attributes:
        artifact: The artifact's number.
        source: The file, folder or glob that was read, or the URL of the database.
        query: The SQL over it; empty where there was none.
        digest: SHA-256 over the content of all files, or of all rows of a database.
        rows: Rows of the source and of each split.
        files: Path, SHA-256 and bytes of each file; none of a database.
        table: The table of the database, where it was read whole.
    """

    artifact: int
    source: str | None
    query: str | None
    digest: str | None
    rows: dict[str, int] | None
    files: tuple[dict[str, Any], ...] | None
    table: str | None = None


@dataclass(frozen=True)
class Ancestry:
    """The graph behind one version.

    Attributes:
        pipeline: The pipeline's name.
        version: The version's number.
        directory: The folder that it was pushed into.
        pushed: The number of the artifact that it is; the root of the graph.
        artifacts: All artifacts, by number.
        steps: All executions, by number.
        makers: The execution that made an artifact, by the artifact's number; none where it came from outside.
    """

    pipeline: str
    version: int
    directory: Path
    pushed: int
    artifacts: dict[int, Artifact]
    steps: dict[int, Step]
    makers: dict[int, int]

    @property
    def run(self) -> str:
        """The run that pushed the version."""
        return self.maker(self.pushed).run

    def maker(self, artifact: int) -> Step:
        """Return the execution that made an artifact."""
        return self.steps[self.makers[artifact]]

    @property
    def origins(self) -> list[Origin]:
        """The rows at the beginning, one for each Examples artifact."""
        return [_origin(artifact) for artifact in self.artifacts.values() if artifact.type == "Examples"]

    @property
    def edges(self) -> list[tuple[str, str, str]]:
        """The edges in the direction of the data: from, to, and the name of the input or output."""
        given = [(f"execution-{e}", f"artifact-{a}", self.artifacts[a].key) for a, e in self.makers.items()]
        taken = [(f"artifact-{a}", f"execution-{s.id}", key) for s in self.steps.values() for a, key in s.inputs]
        return [*taken, *given]

    def as_dict(self) -> dict[str, Any]:
        """Return the graph as plain data, for `--json`."""
        artifacts = [
            {"id": f"artifact-{a.id}", "kind": "artifact", **_without(a, "id")} for a in self.artifacts.values()
        ]
        steps = [
            {"id": f"execution-{s.id}", "kind": "execution", **_without(s, "id", "inputs")} for s in self.steps.values()
        ]
        return {
            "pipeline": self.pipeline,
            "version": self.version,
            "directory": str(self.directory),
            "present": self.directory.is_dir(),
            "run_id": self.run,
            "origins": [{**asdict(origin), "artifact": f"artifact-{origin.artifact}"} for origin in self.origins],
            "nodes": [*artifacts, *steps],
            "edges": [{"from": source, "to": target, "key": key} for source, target, key in self.edges],
        }


def ancestry(store: Store, version: str) -> Ancestry:
    """Return the graph behind a pushed version; `latest` is the last one pushed.

    Raises:
        ConfigError: No run in the store pushed it.
    """
    with MetadataRows(store) as rows:
        pushed, _ = find_push(store, rows, version)
        made, inputs = _walk(rows, pushed.id)
        keys = {event.artifact: event.key for events in inputs.values() for event in events}
        keys |= {event.artifact: event.key for event in made.values()}
        found = rows.artifacts(keys)
        called = rows.execution_properties(inputs)
        steps = {
            e.id: Step(
                *(e.id, e.node, e.type, e.run, e.started, e.seconds, called.get(e.id, {})),
                inputs=tuple((event.artifact, event.key) for event in inputs[e.id]),
            )
            for e in rows.executions(inputs)
        }
    return Ancestry(
        pipeline=store.pipeline,
        version=int(pushed.properties["pushed_version"]),
        directory=Path(pushed.properties["pushed_destination"]),
        pushed=pushed.id,
        artifacts={id: Artifact(id, a.type, keys[id], a.uri, a.properties) for id, a in sorted(found.items())},
        steps=steps,
        makers={artifact: event.execution for artifact, event in sorted(made.items())},
    )


def _walk(rows: MetadataRows, pushed: int) -> tuple[dict[int, EventRow], dict[int, list[EventRow]]]:
    """Return what made each artifact, and what each execution read: a level of the graph per round."""
    made: dict[int, EventRow] = {}
    inputs: dict[int, list[EventRow]] = {}
    seen, waiting = {pushed}, {pushed}
    while waiting:
        for event in rows.events_of_artifacts(waiting):
            if event.type == OUTPUT:
                made.setdefault(event.artifact, event)  # later ones took it from the cache
        new = {made[artifact].execution for artifact in waiting if artifact in made} - set(inputs)
        inputs |= {execution: [] for execution in new}
        waiting = set()
        for event in rows.events(new):
            if event.type == INPUT:
                inputs[event.execution].append(event)
                waiting |= {event.artifact} if event.key != BASELINE else set()
        waiting -= seen
        seen |= waiting
    return made, inputs


def _origin(artifact: Artifact) -> Origin:
    noted = artifact.properties
    rows, files = noted.get("rows"), noted.get("files")
    return Origin(
        artifact=artifact.id,
        source=noted.get("source"),
        query=noted.get("query"),
        digest=noted.get("digest"),
        rows=json.loads(rows) if rows else None,
        files=tuple(json.loads(files)) if files else None,
        table=noted.get("table"),
    )


def _without(item: Artifact | Step, *names: str) -> dict[str, Any]:
    return {name: value for name, value in asdict(item).items() if name not in names}
