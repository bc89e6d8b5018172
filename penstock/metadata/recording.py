"""Writes to the metadata store outside of TFX: a run of cached nodes, its key, deleted artifacts, failed executions.

It is separate from `mlmd`, which the pipeline definition imports, so that an edit here does not re-run any node.
"""

import time
import uuid
from collections.abc import Collection
from typing import Any

from ml_metadata.proto import metadata_store_pb2 as proto

from penstock.metadata.lineage import CACHED, Run
from penstock.metadata.mlmd import open_store
from penstock.metadata.store import Store

KEY_PROPERTY = "penstock_key"


def mark_deleted(store: Store, artifacts: Collection[int]) -> None:
    """Record that artifacts are deleted, so that the nodes that produced them run again."""
    opened = open_store(store)
    found = opened.get_artifacts_by_id(artifacts)
    for artifact in found:
        artifact.state = proto.Artifact.DELETED
    opened.put_artifacts(found)


def mark_failed(store: Store, executions: Collection[int]) -> None:
    """Record that executions failed, if they are recorded as running."""
    opened = open_store(store)
    running = proto.Execution.RUNNING
    found = [each for each in opened.get_executions_by_id(executions) if each.last_known_state == running]
    for execution in found:
        execution.last_known_state = proto.Execution.FAILED
    if found:
        opened.put_executions(found)


def record_key(store: Store, run_id: str, key: str) -> None:
    """Record the key of a run: a digest of everything that its result depends on."""
    opened = open_store(store)
    context = _context(opened, run_id)
    context.custom_properties[KEY_PROPERTY].string_value = key
    opened.put_contexts([context])


def recorded_key(store: Store, run_id: str) -> str:
    """Return the recorded key of a run; empty if it has none, or there is no such run."""
    context = _context(open_store(store), run_id)
    return str(context.custom_properties[KEY_PROPERTY].string_value) if context else ""


def record_cached(store: Store, last: Run, run_id: str) -> None:
    """Record a run whose executions are cached ones of an earlier run; its key is written last, when it is complete."""
    opened = open_store(store)
    before = _context(opened, last.id)
    opened.put_contexts([proto.Context(type_id=before.type_id, name=run_id)])
    run_context = _context(opened, run_id)
    parents = opened.get_parent_contexts_by_context(before.id)
    opened.put_parent_contexts([proto.ParentContext(child_id=run_context.id, parent_id=p.id) for p in parents])
    for node in last.nodes:
        [source] = opened.get_executions_by_id([node.execution])
        execution = proto.Execution(type_id=source.type_id, last_known_state=CACHED, name=str(uuid.uuid4()))
        others = [c for c in opened.get_contexts_by_execution(node.execution) if c.type_id != run_context.type_id]
        opened.put_execution(execution, _events(opened, node.execution), [*others, run_context])
    run_context.custom_properties[KEY_PROPERTY].CopyFrom(before.custom_properties[KEY_PROPERTY])
    opened.put_contexts([run_context])


def _context(opened: Any, run_id: str) -> Any:
    return opened.get_context_by_type_and_name("pipeline_run", run_id)


def _events(opened: Any, execution: int) -> list[tuple[Any, Any]]:
    """Return the events of an execution, to be recorded again for another one."""
    now = int(time.time() * 1000)
    events = opened.get_events_by_execution_ids([execution])
    artifacts = {a.id: a for a in opened.get_artifacts_by_id([event.artifact_id for event in events])}
    return [
        (
            artifacts[event.artifact_id],
            proto.Event(type=event.type, path=event.path, artifact_id=event.artifact_id, milliseconds_since_epoch=now),
        )
        for event in events
    ]
