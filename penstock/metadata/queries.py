"""The rows of an ML Metadata store, read by SQL: runs, executions, events and artifacts with their properties.

The number of queries does not depend on the number of runs: a query takes the ids of all of them.
"""

from collections.abc import Collection, Container, Iterator
from types import TracebackType
from typing import Any, NamedTuple, Self

from penstock.core.artifact_types import current_name, recorded_names
from penstock.metadata.connection import Connection, Rows, connect
from penstock.metadata.location import detect_move
from penstock.metadata.store import Store

# ML Metadata's types of events. Declared, internal and pending events are no edges of the lineage.
INPUT, OUTPUT = 3, 4
# The state of an artifact that can be used.
LIVE = 2

_RUNS = """
SELECT run.id, run.name FROM Context AS pipeline
JOIN Type AS pipeline_type ON pipeline_type.id = pipeline.type_id AND pipeline_type.name = 'pipeline'
JOIN ParentContext AS link ON link.parent_context_id = pipeline.id
JOIN Context AS run ON run.id = link.context_id
JOIN Type AS run_type ON run_type.id = run.type_id AND run_type.name = 'pipeline_run'
WHERE pipeline.name = :pipeline
ORDER BY run.create_time_since_epoch DESC, run.id DESC
"""

_RUNNING = """
SELECT execution.id FROM Execution AS execution
JOIN Association AS link ON link.execution_id = execution.id
JOIN Context AS pipeline ON pipeline.id = link.context_id AND pipeline.name = :pipeline
JOIN Type AS pipeline_type ON pipeline_type.id = pipeline.type_id AND pipeline_type.name = 'pipeline'
WHERE execution.last_known_state = 2
"""

_OF_RUNS = "SELECT execution_id FROM Association WHERE context_id IN ({})"

_EXECUTIONS = """
SELECT execution.id, type.name, execution.last_known_state,
       execution.create_time_since_epoch, execution.last_update_time_since_epoch
FROM Execution AS execution JOIN Type AS type ON type.id = execution.type_id
WHERE execution.id IN ({})
"""

_CONTEXTS = """
SELECT context.id, type.name, context.name FROM Context AS context
JOIN Type AS type ON type.id = context.type_id AND type.name IN ('pipeline', 'pipeline_run', 'node')
"""

# Not joined with the contexts: without an index SQLite would compare each execution with each context.
_ASSOCIATIONS = "SELECT execution_id, context_id FROM Association WHERE execution_id IN ({})"

_EVENTS = """
SELECT event.id, event.artifact_id, event.execution_id, event.type, path.step_key FROM Event AS event
LEFT JOIN EventPath AS path ON path.event_id = event.id AND path.step_key <> ''
WHERE event.type IN (3, 4) AND event.{} IN ({{}})
"""
_EVENTS_OF_EXECUTIONS = _EVENTS.format("execution_id")
_EVENTS_OF_ARTIFACTS = _EVENTS.format("artifact_id")

_ARTIFACTS = """
SELECT artifact.id, type.name, artifact.uri, artifact.state FROM Artifact AS artifact
JOIN Type AS type ON type.id = artifact.type_id WHERE artifact.id IN ({})
"""

_OUTPUTS = """
SELECT DISTINCT event.artifact_id FROM Event AS event
JOIN Association AS link ON link.execution_id = event.execution_id
JOIN Context AS pipeline ON pipeline.id = link.context_id AND pipeline.name = :pipeline
JOIN Type AS pipeline_type ON pipeline_type.id = pipeline.type_id AND pipeline_type.name = 'pipeline'
WHERE event.type = 4
"""

_OF_TYPE = """
SELECT artifact.id FROM Artifact AS artifact
JOIN Type AS type ON type.id = artifact.type_id AND type.name = :type
"""

_OF_VERSION = """
SELECT artifact_id FROM ArtifactProperty WHERE name = 'pushed_version' AND string_value = :number
"""

_PROPERTIES = """
SELECT {0}_id, is_custom_property, name, int_value, double_value, string_value, bool_value FROM {0}Property
WHERE {0}_id IN ({{}})
"""
_ARTIFACT_PROPERTIES = _PROPERTIES.format("Artifact")
_EXECUTION_PROPERTIES = _PROPERTIES.format("Execution")

# SQLite accepts at most a megabyte of SQL.
_BATCH = 20_000


class ExecutionRow(NamedTuple):
    """One execution: its node and run, its state as ML Metadata numbers it, its start and length in seconds."""

    id: int
    type: str
    node: str
    pipeline: str
    run: str
    state: int
    started: float
    seconds: float


class EventRow(NamedTuple):
    """One edge between an artifact and an execution, under an input or output key."""

    id: int
    artifact: int
    execution: int
    type: int
    key: str


class ArtifactRow(NamedTuple):
    """One artifact."""

    id: int
    type: str
    uri: str
    properties: dict[str, Any]
    live: bool


class MetadataRows:
    """Read-only queries on the store, as a context manager; a store that does not exist yet counts as empty."""

    def __init__(self, store: Store) -> None:
        """Prepare the queries; the store is opened on entry."""
        self._store = store
        self._connection: Connection | None = None
        self._move = detect_move(store)

    def __enter__(self) -> Self:
        """Open the store.

        Raises:
            StoreError: It cannot be opened.
        """
        self._connection = connect(self._store)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""
        if self._connection:
            self._connection.close()

    def runs(self, pipeline: str) -> list[tuple[int, str]]:
        """Return the context and the name of each run of a pipeline, newest first."""
        return [(int(id), str(name)) for id, name in self._select(_RUNS, pipeline=pipeline)]

    def running(self, pipeline: str) -> list[ExecutionRow]:
        """Return the executions that are recorded as running, those of processes that have ended included."""
        found = self._select(_RUNNING, pipeline=pipeline)
        return self.executions([id for (id,) in found]) if found else []

    def executions_of_runs(self, contexts: Collection[int]) -> list[ExecutionRow]:
        """Return the executions of some runs, by their contexts, in the order in which they started."""
        return self.executions([id for (id,) in self._select_in(_OF_RUNS, contexts)])

    def executions(self, ids: Collection[int]) -> list[ExecutionRow]:
        """Return executions by number, in the order in which they started."""
        of = self._contexts(ids)
        found = []
        for id, kind, state, start, end in self._select_in(_EXECUTIONS, ids):
            names = of.get(id, {})
            pipeline, run = names.get("pipeline", ""), names.get("pipeline_run", "")
            node = names.get("node", "").removeprefix(f"{pipeline}.")
            found.append(ExecutionRow(id, kind, node, pipeline, run, state, start / 1000, max(0, end - start) / 1000))
        return sorted(found)

    def events(self, executions: Collection[int]) -> list[EventRow]:
        """Return the edges of some executions."""
        return _edges(self._select_in(_EVENTS_OF_EXECUTIONS, executions))

    def events_of_artifacts(self, artifacts: Collection[int]) -> list[EventRow]:
        """Return the edges of some artifacts, oldest first: the first output of an artifact is by its producer."""
        return _edges(self._select_in(_EVENTS_OF_ARTIFACTS, artifacts))

    def artifacts(self, ids: Collection[int]) -> dict[int, ArtifactRow]:
        """Return artifacts by number."""
        properties = self._properties(_ARTIFACT_PROPERTIES, ids)
        return {
            id: ArtifactRow(id, current_name(kind), self._current_path(uri or ""), properties.get(id, {}), live == LIVE)
            for id, kind, uri, live in self._select_in(_ARTIFACTS, ids)
        }

    def outputs(self, pipeline: str) -> dict[int, ArtifactRow]:
        """Return all outputs of the executions of a pipeline, by number."""
        return self.artifacts([id for (id,) in self._select(_OUTPUTS, pipeline=pipeline)])

    def artifacts_of_type(self, kind: str, among: Container[int] | None = None) -> dict[int, ArtifactRow]:
        """Return all artifacts of a type by number, or those among some numbers, whichever pipeline they came from."""
        ids = [id for name in recorded_names(kind) for (id,) in self._select(_OF_TYPE, type=name)]
        return self.artifacts(ids if among is None else [id for id in ids if id in among])

    def artifacts_of_version(self, number: str) -> dict[int, ArtifactRow]:
        """Return the artifacts by number that record a pushed version, whichever pipeline they came from."""
        return self.artifacts([id for (id,) in self._select(_OF_VERSION, number=number)])

    def execution_properties(self, ids: Collection[int]) -> dict[int, dict[str, Any]]:
        """Return the properties of executions, by number."""
        return self._properties(_EXECUTION_PROPERTIES, ids)

    def _contexts(self, executions: Collection[int]) -> dict[int, dict[str, str]]:
        """Return the names of pipeline, run and node by execution."""
        contexts = {id: (kind, name) for id, kind, name in self._select(_CONTEXTS)}
        found: dict[int, dict[str, str]] = {}
        for execution, context in self._select_in(_ASSOCIATIONS, executions):
            if context in contexts:
                kind, name = contexts[context]
                found.setdefault(execution, {})[kind] = name
        return found

    def _properties(self, sql: str, ids: Collection[int]) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        # A custom property overrides a property of the type with the same name.
        for id, _, name, *values in sorted(self._select_in(sql, ids), key=lambda row: bool(row[1])):
            found.setdefault(id, {})[name] = next((value for value in values if value is not None), None)
        return {id: self._move.properties(each) for id, each in found.items()} if self._move else found

    def _current_path(self, path: str) -> str:
        return self._move.apply(path) if self._move else path

    def _select_in(self, sql: str, ids: Collection[int]) -> Iterator[tuple[Any, ...]]:
        numbers = sorted({int(id) for id in ids})
        for start in range(0, len(numbers), _BATCH):
            yield from self._select(sql.format(", ".join(map(str, numbers[start : start + _BATCH]))))

    def _select(self, sql: str, **values: str) -> Rows:
        return self._connection.select(sql, values) if self._connection else []


def _edges(rows: Iterator[tuple[Any, ...]]) -> list[EventRow]:
    return sorted(EventRow(id, artifact, execution, kind, key or "") for id, artifact, execution, kind, key in rows)
