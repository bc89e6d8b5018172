"""The metadata store of a notebook, in memory or in a file, read back as dataclasses."""

import uuid
from typing import Any

from ml_metadata import MetadataStore
from ml_metadata.proto import metadata_store_pb2

from penstock.core.artifact_types import current_name
from penstock.metadata.lineage import Artifact
from penstock.metadata.mlmd import connection_config
from penstock.metadata.store import Store

_INPUT, _OUTPUT = metadata_store_pb2.Event.INPUT, metadata_store_pb2.Event.OUTPUT


class InteractiveStore:
    """An open metadata store; a store in memory exists as long as this object."""

    def __init__(self, store: Store) -> None:
        """Open the store that `metadata.uri` names; `sqlite://` opens a new one in memory."""
        if store.file:
            store.file.parent.mkdir(parents=True, exist_ok=True)
        self.connection = _in_memory() if store.uri == "sqlite://" else connection_config(store)
        self._store = MetadataStore(self.connection)

    def inputs(self, execution: int) -> tuple[int, ...]:
        """Return the numbers of the artifacts that an execution read."""
        return tuple(artifact for artifact, _ in self._events(execution, _INPUT))

    def outputs(self, execution: int) -> tuple[Artifact, ...]:
        """Return the outputs of an execution."""
        keys = dict(self._events(execution, _OUTPUT))
        found = {artifact.id: artifact for artifact in self._store.get_artifacts_by_id(keys)}
        return tuple(_artifact(found[id], key) for id, key in keys.items())

    def _events(self, execution: int, kind: int) -> list[tuple[int, str]]:
        events = self._store.get_events_by_execution_ids([execution])
        return [(event.artifact_id, event.path.steps[0].key) for event in events if event.type == kind]


def _in_memory() -> Any:
    # TFX opens the store again for each node: SQLite gives all connections of a process the same shared memory.
    connection = metadata_store_pb2.ConnectionConfig()
    connection.sqlite.filename_uri = f"file:penstock-{uuid.uuid4().hex}?mode=memory&cache=shared"
    connection.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    return connection


def _artifact(found: Any, key: str) -> Artifact:
    values = [*found.properties.items(), *found.custom_properties.items()]
    properties = {
        name: getattr(value, value.WhichOneof("value")) for name, value in values if value.WhichOneof("value")
    }
    return Artifact(found.id, current_name(found.type), key, found.uri, properties)
