"""Runs, nodes and artifacts as plain dataclasses, read from ML Metadata without TensorFlow.

The store's tables are read by SQL, read-only: opening it through ML Metadata would take its write lock and longer than
all of the reading.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.metadata_rows import MetadataRows

RUNNING, COMPLETE, FAILED, CACHED, CANCELED = 2, 3, 4, 5, 6
OUTPUT_EVENTS = (4, 7)

NodeState = Literal["running", "ran", "cached", "failed"]
RunState = Literal["running", "pushed", "refused", "failed", "partial"]

_NODE_STATES: dict[int, NodeState] = {RUNNING: "running", COMPLETE: "ran", CACHED: "cached"}


@dataclass(frozen=True)
class Artifact:
    """What a node gave.

    Attributes:
        id: Its number in the store.
        type: Its artifact type, such as `Model`.
        key: The output of the node that it came from.
        uri: Its folder.
        properties: Its properties, custom ones among them.
    """

    id: int
    type: str
    key: str
    uri: str
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Node:
    """One node of a run.

    Attributes:
        id: The node's name in the pipeline.
        state: What became of it.
        execution: The number of its execution in the store.
        started: Seconds since 1970.
        seconds: From start to end, or to the last sign of life.
        inputs: The numbers of the artifacts that it read.
        outputs: What it gave.
    """

    id: str
    state: NodeState
    execution: int
    started: float
    seconds: float
    inputs: tuple[int, ...] = ()
    outputs: tuple[Artifact, ...] = ()

    def output(self, artifact_type: str) -> Artifact | None:
        """Return the output of that type, or None."""
        return next((artifact for artifact in self.outputs if artifact.type == artifact_type), None)


@dataclass(frozen=True)
class Run:
    """One run of a pipeline.

    Attributes:
        id: The run's name.
        pipeline: The pipeline's name.
        nodes: Its nodes in the order in which they started.
    """

    id: str
    pipeline: str
    nodes: tuple[Node, ...]

    @property
    def state(self) -> RunState:
        """What became of the run; `partial` where it ended well before the push."""
        states = {node.state for node in self.nodes}
        if "failed" in states:
            return "failed"
        if "running" in states:
            return "running"
        pushed = self.pushed_model
        if pushed is None:
            return "partial"
        return "pushed" if pushed.properties.get("pushed") else "refused"

    @property
    def started(self) -> float:
        """Seconds since 1970 when the first node started."""
        return min((node.started for node in self.nodes), default=0.0)

    @property
    def seconds(self) -> float:
        """From the first node's start to the last one's end."""
        return max((node.started + node.seconds for node in self.nodes), default=0.0) - self.started

    @property
    def pushed_model(self) -> Artifact | None:
        """What the Pusher gave, or None where it did not run."""
        return self.output("PushedModel")

    def output(self, artifact_type: str) -> Artifact | None:
        """Return the first output of that type over all nodes, or None."""
        return next((found for node in self.nodes if (found := node.output(artifact_type))), None)

    def rows(self) -> dict[str, int]:
        """Return the rows of each split as ExampleGen wrote them, or nothing where it did not get so far."""
        examples = self.output("Examples")
        counted = json.loads(examples.properties.get("rows", "{}")) if examples else {}
        return {name: count for name, count in counted.items() if name != "source"}

    def verdict(self) -> dict[str, Any] | None:
        """Return the model's verdict, or None where the run did not get so far."""
        artifact = self.output("ModelVerdict")
        file = Path(artifact.uri) / "verdict.json" if artifact else None
        return json.loads(file.read_text(encoding="utf-8")) if file and file.is_file() else None

    def as_dict(self) -> dict[str, Any]:
        """Return the run as plain data, for `--json`."""
        return {
            "run_id": self.id,
            "pipeline": self.pipeline,
            "state": self.state,
            "started": self.started,
            "seconds": round(self.seconds, 3),
            "nodes": [asdict(node) for node in self.nodes],
            "rows": self.rows(),
        }


def runs(config: Config) -> list[Run]:
    """Return the runs of the configured pipeline, newest first, without their artifacts' edges read twice."""
    with MetadataRows(config) as rows:
        return [_run(rows, config.name, context, name) for context, name in rows.runs(config.name)]


def run_ids(config: Config) -> list[str]:
    """Return the names of the pipeline's runs, newest first."""
    with MetadataRows(config) as rows:
        return [name for _, name in rows.runs(config.name)]


def run(config: Config, run_id: str) -> Run:
    """Return one run; `latest` is the newest, and the first letters of a name do.

    Raises:
        ConfigError: There is no such run, or more than one.
    """
    with MetadataRows(config) as rows:
        known = rows.runs(config.name)
        if run_id == "latest":
            matches = known[:1]
        else:
            matches = [entry for entry in known if entry[1] == run_id] or [e for e in known if e[1].startswith(run_id)]
        if len(matches) != 1:
            received = f"{len(matches)} that match" if matches else f"none of {len(known)}"
            raise ConfigError(f"run {run_id}", "the name of one run", received, "list them with `penstock runs`")
        return _run(rows, config.name, *matches[0])


def version(config: Config, number: str) -> Run:
    """Return the run that first pushed a version of the model.

    Raises:
        ConfigError: No run in the store pushed it.
    """
    pushes = [found for found in reversed(runs(config)) if _pushed_version(found) == number]
    if not pushes:
        pushed = sorted({v for found in runs(config) if (v := _pushed_version(found))}, key=int)
        raise ConfigError(
            f"version {number}",
            f"one of {', '.join(pushed)}" if pushed else "a version that a run pushed",
            f"no run in {config.metadata.uri} that pushed it",
            "list the runs with `penstock runs`",
        )
    return pushes[0]


def _pushed_version(found: Run) -> str | None:
    artifact = found.pushed_model
    return str(artifact.properties["pushed_version"]) if artifact and artifact.properties.get("pushed") else None


def _run(rows: MetadataRows, pipeline: str, context: int, name: str) -> Run:
    executions = rows.executions(context, pipeline)
    events = rows.events([execution.id for execution in executions])
    artifacts = rows.artifacts({event.artifact for event in events})
    nodes = []
    for execution in executions:
        mine = [event for event in events if event.execution == execution.id]
        nodes.append(
            Node(
                id=execution.node,
                state=_NODE_STATES.get(execution.state, "failed"),
                execution=execution.id,
                started=execution.started,
                seconds=execution.seconds,
                inputs=tuple(event.artifact for event in mine if event.type not in OUTPUT_EVENTS),
                outputs=tuple(_outputs(mine, artifacts)),
            )
        )
    return Run(name, pipeline, tuple(nodes))


def _outputs(events: Iterable[Any], artifacts: dict[int, Any]) -> Iterable[Artifact]:
    for event in events:
        if event.type in OUTPUT_EVENTS and event.artifact in artifacts:
            row = artifacts[event.artifact]
            yield Artifact(row.id, row.type, event.key, row.uri, row.properties)
