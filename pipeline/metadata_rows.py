"""The rows of an ML Metadata store, read by SQL: contexts, executions, events and artifacts with their properties."""

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from pipeline.config import Config
from pipeline.errors import StoreError

WAIT_SECONDS = 5.0

_RUNS = """
SELECT run.id, run.name FROM Context AS run
JOIN Type AS run_type ON run_type.id = run.type_id AND run_type.name = 'pipeline_run'
WHERE EXISTS (
    SELECT 1 FROM Association AS of_run
    JOIN Association AS of_pipeline ON of_pipeline.execution_id = of_run.execution_id
    JOIN Context AS pipeline ON pipeline.id = of_pipeline.context_id AND pipeline.name = ?
    JOIN Type AS pipeline_type ON pipeline_type.id = pipeline.type_id AND pipeline_type.name = 'pipeline'
    WHERE of_run.context_id = run.id
)
ORDER BY run.create_time_since_epoch DESC, run.id DESC
"""

_EXECUTIONS = """
SELECT e.id, node.name, e.last_known_state, e.create_time_since_epoch, e.last_update_time_since_epoch
FROM Execution AS e
JOIN Association AS of_run ON of_run.execution_id = e.id AND of_run.context_id = ?
JOIN Association AS of_node ON of_node.execution_id = e.id
JOIN Context AS node ON node.id = of_node.context_id
JOIN Type AS node_type ON node_type.id = node.type_id AND node_type.name = 'node'
ORDER BY e.id
"""

_EVENTS = """
SELECT event.artifact_id, event.execution_id, event.type, path.step_key FROM Event AS event
LEFT JOIN EventPath AS path ON path.event_id = event.id AND path.step_key IS NOT NULL
WHERE event.execution_id IN ({}) ORDER BY event.id
"""

_ARTIFACTS = """
SELECT artifact.id, type.name, artifact.uri FROM Artifact AS artifact
JOIN Type AS type ON type.id = artifact.type_id WHERE artifact.id IN ({})
"""

_PROPERTIES = """
SELECT artifact_id, name, int_value, double_value, string_value, bool_value FROM ArtifactProperty
WHERE artifact_id IN ({})
"""


@dataclass(frozen=True)
class ExecutionRow:
    """One execution: its node, its state as ML Metadata numbers it, its start and length in seconds."""

    id: int
    node: str
    state: int
    started: float
    seconds: float


@dataclass(frozen=True)
class EventRow:
    """One edge between an artifact and an execution, under an input or output key."""

    artifact: int
    execution: int
    type: int
    key: str


@dataclass(frozen=True)
class ArtifactRow:
    """One artifact."""

    id: int
    type: str
    uri: str
    properties: dict[str, Any]


class MetadataRows:
    """A read-only look into the store; a context manager."""

    def __init__(self, config: Config) -> None:
        """Take the store of `config`; nothing is opened yet."""
        self._config = config
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        """Open the store; where there is no file yet it is as good as empty."""
        file = self._config.metadata_file
        if file is None:
            raise StoreError(
                f"metadata store {self._config.metadata.uri}",
                "sqlite:///FILE, the one kind that can be read back so far",
                "another",
                "set metadata.uri",
            )
        if file.exists():
            self._connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=WAIT_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""
        if self._connection:
            self._connection.close()

    def runs(self, pipeline: str) -> list[tuple[int, str]]:
        """Return the context and the name of each run of a pipeline, newest first."""
        return [(int(row[0]), str(row[1])) for row in self._select(_RUNS, [pipeline])]

    def executions(self, context: int, pipeline: str) -> list[ExecutionRow]:
        """Return the executions of a run, in the order in which they started."""
        return [
            ExecutionRow(id, node.removeprefix(f"{pipeline}."), state, start / 1000, max(0, end - start) / 1000)
            for id, node, state, start, end in self._select(_EXECUTIONS, [context])
        ]

    def events(self, executions: Collection[int]) -> list[EventRow]:
        """Return the edges of some executions."""
        return [EventRow(a, e, kind, key or "") for a, e, kind, key in self._select_in(_EVENTS, executions)]

    def artifacts(self, ids: Collection[int]) -> dict[int, ArtifactRow]:
        """Return artifacts by number."""
        properties: dict[int, dict[str, Any]] = {id: {} for id in ids}
        for id, name, *values in self._select_in(_PROPERTIES, ids):
            properties[id][name] = next((value for value in values if value is not None), None)
        return {
            id: ArtifactRow(id, kind, uri, properties[id]) for id, kind, uri in self._select_in(_ARTIFACTS, ids)
        }

    def _select_in(self, sql: str, ids: Collection[int]) -> list[tuple[Any, ...]]:
        return self._select(sql.format(", ".join("?" * len(ids))), list(ids)) if ids else []

    def _select(self, sql: str, values: Iterable[Any]) -> list[tuple[Any, ...]]:
        if self._connection is None:
            return []
        try:
            return self._connection.execute(sql, list(values)).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise StoreError(
                f"metadata store {self._config.metadata_file}",
                "a store that can be read",
                str(error),
                "wait for the process that holds it, or check the file",
            ) from None
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"metadata store {self._config.metadata_file}",
                "an SQLite file",
                str(error),
                "set metadata.uri to another file",
            ) from None
