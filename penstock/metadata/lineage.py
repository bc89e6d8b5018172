"""Runs, nodes and artifacts as dataclasses, read from ML Metadata without TensorFlow.

The tables are read by SQL, read-only: opening the store through ML Metadata takes its write lock, and more time than
all of the queries.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from penstock.core import artifact_types
from penstock.core.documents.document import File
from penstock.core.documents.verdict import Verdict
from penstock.core.errors import ConfigError
from penstock.metadata.pushes import LATEST, find_push
from penstock.metadata.queries import INPUT, OUTPUT, ArtifactRow, EventRow, ExecutionRow, MetadataRows
from penstock.metadata.store import Store

RUNNING, COMPLETE, FAILED, CACHED, CANCELED = 2, 3, 4, 5, 6

# A list of runs reads verdicts only, and the classes of the other documents take 5 ms to import.
if TYPE_CHECKING:
    from penstock.core.documents.certificate import Certificate
    from penstock.core.documents.data import AnomalyReport, DriftReport, Reading, SplitReport
    from penstock.core.documents.monotonicity import Monotonicity
    from penstock.core.documents.training import Leaderboard, Trial

Found = TypeVar("Found", bound=File)
NodeState = Literal["running", "ran", "cached", "failed"]
RunState = Literal["running", "pushed", "refused", "failed", "partial"]

_NODE_STATES: dict[int, NodeState] = {RUNNING: "running", COMPLETE: "ran", CACHED: "cached"}


@dataclass(frozen=True)
class Artifact:
    """An output of a node.

    Attributes:
        id: Its number in the store.
        type: Its artifact type, such as `Model`.
        key: The name of the output.
        uri: Its folder.
        properties: Its properties, custom ones included.
        live: Whether it can be used; False if it was found damaged.
    """

    id: int
    type: str
    key: str
    uri: str
    properties: dict[str, Any] = field(default_factory=dict)
    live: bool = True


@dataclass(frozen=True)
class Node:
    """One node of a run.

    Attributes:
        id: The node's name in the pipeline.
        state: The outcome.
        execution: The number of its execution in the store.
        started: Seconds since 1970.
        seconds: The duration; of a running node until the last update in the store.
        inputs: The numbers of the artifacts that it read.
        outputs: The artifacts that it produced.
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
        """The outcome of the run; `partial` if it completed without a push."""
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
    def failed_node(self) -> str | None:
        """The node that failed, or None."""
        return next((node.id for node in self.nodes if node.state == "failed"), None)

    @property
    def pushed_version(self) -> int | None:
        """The version that the run pushed, or None."""
        pushed = self.pushed_model
        return int(pushed.properties["pushed_version"]) if pushed and pushed.properties.get("pushed") else None

    @property
    def started(self) -> float:
        """Seconds since 1970 when the first node started."""
        return min((node.started for node in self.nodes), default=0.0)

    @property
    def seconds(self) -> float:
        """From the first node's start to the last one's end."""
        return max((node.started + node.seconds for node in self.nodes), default=0.0) - self.started

    @cached_property
    def pushed_model(self) -> Artifact | None:
        """The output of Pusher, or None if it did not run."""
        return self.output("PushedModel")

    def output(self, artifact_type: str) -> Artifact | None:
        """Return the first output of that type over all nodes, or None."""
        return next((found for node in self.nodes if (found := node.output(artifact_type))), None)

    def rows(self) -> dict[str, int]:
        """Return the number of rows of each split, by name; empty if ExampleGen has not completed."""
        return {name: count for name, count in self._row_counts().items() if name not in ("source", "quarantined")}

    @property
    def quarantined(self) -> int | None:
        """The number of malformed rows in the quarantine; None without a quarantine."""
        return self._row_counts().get("quarantined")

    def _row_counts(self) -> dict[str, int]:
        examples = self.output("Examples")
        return json.loads(examples.properties.get("rows", "{}")) if examples else {}

    def split(self) -> "SplitReport | None":
        """Return how the rows were split; None if ExampleGen did not record it."""
        from penstock.core.documents.data import SplitReport

        return self._document_property("split", SplitReport)

    def reading(self) -> "Reading | None":
        """Return how the rows and values of the source were read; None if ExampleGen did not record it."""
        from penstock.core.documents.data import Reading

        return self._document_property("reading", Reading)

    def _document_property(self, name: str, kind: type[Found]) -> Found | None:
        examples = self.output("Examples")
        text = examples.properties.get(name) if examples else None
        return kind.parse(text, f"property {name} of the examples of run {self.id}") if text else None

    def verdict(self) -> Verdict | None:
        """Return the verdict on the model; None if there is none, or its artifact was removed."""
        return self._document(artifact_types.MODEL_VERDICT, Verdict)

    def leaderboard(self) -> "Leaderboard | None":
        """Return the models that `auto` tried; None for another family, or if the artifact was removed."""
        from penstock.core.documents.training import Leaderboard

        return self._document("ModelRun", Leaderboard)

    def anomalies(self) -> "AnomalyReport | None":
        """Return the anomalies and the command that accepts them; None if there is no report, or it was removed."""
        from penstock.core.documents.data import AnomalyReport

        return self._document(artifact_types.ANOMALY_REPORT, AnomalyReport)

    def drift(self) -> "DriftReport | None":
        """Return the drift and the skew of the data; None if there is no report, or it was removed."""
        from penstock.core.documents.data import DriftReport

        return self._document(artifact_types.DRIFT_REPORT, DriftReport)

    def monotonicity(self) -> "Monotonicity | None":
        """Return the probes of monotonic constraints; None if there are no constraints, or the artifact was removed."""
        from penstock.core.documents.monotonicity import Monotonicity

        return self._document(artifact_types.MONOTONICITY_REPORT, Monotonicity)

    def certificate(self) -> "Certificate | None":
        """Return how a server of the model compares with the model; None if there is no certificate."""
        from penstock.core.documents.certificate import Certificate

        return self._document(artifact_types.SERVING_CERTIFICATE, Certificate)

    def trials(self) -> tuple["Trial", ...]:
        """Return the trials of Tuner in their order; empty if it did not run, or the artifact was removed."""
        from penstock.core.documents.training import Trials

        found = self._document("TunerResults", Trials)
        return found.trials if found else ()

    def _document(self, artifact_type: str, kind: type[Found]) -> Found | None:
        """Return a document of the run; None if there is none, or its folder was removed.

        Raises:
            PenstockError: The document is damaged, or of a newer version.
        """
        artifact = self.output(artifact_type)
        try:
            return kind.read(artifact.uri) if artifact else None
        except OSError:
            return None


def runs(store: Store, limit: int | None = None) -> list[Run]:
    """Return the runs of the pipeline, newest first; at most `limit`."""
    with MetadataRows(store) as rows:
        return read_runs(rows, store.pipeline, rows.runs(store.pipeline)[:limit])


def run_ids(store: Store) -> list[str]:
    """Return the names of the pipeline's runs, newest first."""
    with MetadataRows(store) as rows:
        return [name for _, name in rows.runs(store.pipeline)]


def running(store: Store) -> list[ExecutionRow]:
    """Return the executions that are recorded as running, those of processes that have ended included."""
    with MetadataRows(store) as rows:
        return rows.running(store.pipeline)


def run(store: Store, run_id: str) -> Run:
    """Return one run by its name, the beginning of its name, or `latest` for the newest.

    Raises:
        ConfigError: There is no such run, or several.
    """
    with MetadataRows(store) as rows:
        known = rows.runs(store.pipeline)
        return read_runs(rows, store.pipeline, [_match(known, run_id)])[0]


def version(store: Store, number: str) -> Run:
    """Return the run that pushed a version; the last one, if the number was pushed again.

    Raises:
        ConfigError: No run in the store pushed it.
    """
    with MetadataRows(store) as rows:
        _, execution = find_push(store, rows, number)
        [pushing] = [entry for entry in rows.runs(store.pipeline) if entry[1] == execution.run]
        return read_runs(rows, store.pipeline, [pushing])[0]


def _match(known: list[tuple[int, str]], run_id: str) -> tuple[int, str]:
    if run_id == LATEST:
        matches = known[:1]
    else:
        matches = [entry for entry in known if entry[1] == run_id] or [e for e in known if e[1].startswith(run_id)]
    if len(matches) == 1:
        return matches[0]
    if not known:
        raise ConfigError(f"run {run_id}", "a run", "none yet", "write `penstock run`")
    if not matches:
        raise ConfigError(
            f"run {run_id}", "the name of a run", f"none of {len(known)}", "list them with `penstock runs`"
        )
    names = ", ".join(name for _, name in matches[:3])
    received = f"the beginning of {len(matches)}: {names}{', ...' if len(matches) > 3 else ''}"
    raise ConfigError(f"run {run_id}", "the name of one run", received, "write more of it")


def read_runs(rows: MetadataRows, pipeline: str, entries: list[tuple[int, str]]) -> list[Run]:
    """Return runs with their nodes and artifacts; the number of queries does not depend on the number of runs.

    Args:
        rows: The open store.
        pipeline: The pipeline.
        entries: The context and the name of each run, as `MetadataRows.runs` returns them.
    """
    executions = [e for e in rows.executions_of_runs([context for context, _ in entries]) if e.pipeline == pipeline]
    events: dict[int, list[EventRow]] = {}
    for event in rows.events([execution.id for execution in executions]):
        events.setdefault(event.execution, []).append(event)
    artifacts = rows.artifacts({e.artifact for edges in events.values() for e in edges if e.type == OUTPUT})
    nodes: dict[str, list[Node]] = {}
    for execution in executions:
        nodes.setdefault(execution.run, []).append(_node(execution, events.get(execution.id, []), artifacts))
    return [Run(name, pipeline, tuple(nodes.get(name, ()))) for _, name in entries]


def _node(execution: ExecutionRow, events: Iterable[EventRow], artifacts: dict[int, ArtifactRow]) -> Node:
    outputs = [(event.key, artifacts[event.artifact]) for event in events if event.type == OUTPUT]
    return Node(
        id=execution.node,
        state=_NODE_STATES.get(execution.state, "failed"),
        execution=execution.id,
        started=execution.started,
        seconds=execution.seconds,
        inputs=tuple(event.artifact for event in events if event.type == INPUT),
        outputs=tuple(Artifact(row.id, row.type, key, row.uri, row.properties, row.live) for key, row in outputs),
    )
