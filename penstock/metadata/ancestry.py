"""The lineage of a pushed version: every execution and artifact that it depends on, back to the source files.

From an artifact it goes back to the execution that produced it, and to the inputs of that execution, across runs: a
cached output was produced by an earlier run. It stops at a baseline model, which the version does not depend on.
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
    """One execution in the lineage.

    Attributes:
        id: Its number in the store.
        node: The node's name in the pipeline.
        type: The type of the component.
        run: The run in which it was executed.
        started: Seconds since 1970.
        seconds: The duration.
        properties: The execution properties.
        inputs: The number of each artifact that it read, with the name of the input.
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
    """The source of the rows of an Examples artifact; a field is None if ExampleGen did not record it.

    Attributes:
        artifact: The artifact's number.
        source: The file, folder or glob that was read, or the URL of the database.
        query: The SQL over it; empty if there was none.
        digest: SHA-256 of the content of all files, or of all rows of a database.
        rows: The number of rows of the source and of each split.
        files: Path, SHA-256 and size in bytes of each file; empty for a database.
        table: The table of the database, if there was no query.
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
    """The lineage graph of one version.

    Attributes:
        pipeline: The pipeline's name.
        version: The version's number.
        directory: The folder of the version.
        pushed: The number of its PushedModel artifact; the root of the graph.
        artifacts: All artifacts, by number.
        steps: All executions, by number.
        makers: The execution that produced an artifact, by the artifact's number; an external artifact has none.
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
        """Return the execution that produced an artifact.

        Raises:
            KeyError: The artifact is external.
        """
        return self.steps[self.makers[artifact]]

    @property
    def origins(self) -> list[Origin]:
        """The sources of the rows, one for each Examples artifact."""
        return [_origin(artifact) for artifact in self.artifacts.values() if artifact.type == "Examples"]

    @property
    def edges(self) -> list[tuple[str, str, str]]:
        """The edges in the direction of the data: (from, to, name of the input or output)."""
        outputs = [(f"execution-{e}", f"artifact-{a}", self.artifacts[a].key) for a, e in self.makers.items()]
        inputs = [(f"artifact-{a}", f"execution-{s.id}", key) for s in self.steps.values() for a, key in s.inputs]
        return [*inputs, *outputs]

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
    """Return the lineage graph of a pushed version; `latest` is the last one pushed.

    Raises:
        ConfigError: No run in the store pushed it.
        StoreError: The store cannot be read.
    """
    with MetadataRows(store) as rows:
        pushed, _ = find_push(store, rows, version)
        producers, inputs = _walk(rows, pushed.id)
        keys = {event.artifact: event.key for events in inputs.values() for event in events}
        keys |= {event.artifact: event.key for event in producers.values()}
        artifact_rows = rows.artifacts(keys)
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
        artifacts={id: Artifact(id, a.type, keys[id], a.uri, a.properties) for id, a in sorted(artifact_rows.items())},
        steps=steps,
        makers={artifact: event.execution for artifact, event in sorted(producers.items())},
    )


def _walk(rows: MetadataRows, pushed: int) -> tuple[dict[int, EventRow], dict[int, list[EventRow]]]:
    """Return the producer of each artifact and the inputs of each execution; one level of the graph per round."""
    producers: dict[int, EventRow] = {}
    inputs: dict[int, list[EventRow]] = {}
    seen, waiting = {pushed}, {pushed}
    while waiting:
        for event in rows.events_of_artifacts(waiting):
            if event.type == OUTPUT:
                producers.setdefault(event.artifact, event)  # later outputs are cached
        new = {producers[artifact].execution for artifact in waiting if artifact in producers} - set(inputs)
        inputs |= {execution: [] for execution in new}
        waiting = set()
        for event in rows.events(new):
            if event.type == INPUT:
                inputs[event.execution].append(event)
                waiting |= {event.artifact} if event.key != BASELINE else set()
        waiting -= seen
        seen |= waiting
    return producers, inputs


def _origin(artifact: Artifact) -> Origin:
    properties = artifact.properties
    rows, files = properties.get("rows"), properties.get("files")
    return Origin(
        artifact=artifact.id,
        source=properties.get("source"),
        query=properties.get("query"),
        digest=properties.get("digest"),
        rows=json.loads(rows) if rows else None,
        files=tuple(json.loads(files)) if files else None,
        table=properties.get("table"),
    )


def _without(item: Artifact | Step, *names: str) -> dict[str, Any]:
    return {name: value for name, value in asdict(item).items() if name not in names}
