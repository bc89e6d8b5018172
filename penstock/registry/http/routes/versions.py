"""The paths of versions, aliases and events."""

from fastapi import APIRouter

from penstock.registry.documents import (
    Alias,
    AliasMove,
    Event,
    Page,
    Rollback,
    Version,
    VersionBody,
    VersionChange,
)
from penstock.registry.http.access import Administrator, Promoter, Reader, Recorder
from penstock.registry.http.parameters import AliasPath, Archived, Part, QueryId, QueryKind, RowId

router = APIRouter()


@router.get("/versions/id/{id}", tags=["versions"])
def version_by_id(registry: Reader, id: RowId) -> Version:
    """Return a version."""
    return registry.version(id)


@router.get("/versions/model-id/{id}", tags=["versions"])
def versions_of_model(registry: Reader, id: RowId, part: Part, experiment_id: QueryId = None) -> Page[Version]:
    """List the versions of a model, of all experiments or of one."""
    return registry.versions(id, part, experiment_id=experiment_id)


@router.get("/versions/model-id/{id}/count", tags=["versions"])
def count_versions(registry: Reader, id: RowId, archived: Archived = False) -> int:
    """Return the number of the versions of a model."""
    return registry.count_versions(id, archived=archived)


@router.get("/versions/model-id/{id}/number/{number}", tags=["versions"])
def version_by_number(registry: Reader, id: RowId, number: RowId) -> Version:
    """Return a version of a model."""
    return registry.version_numbered(id, number)


@router.post("/versions", tags=["versions"])
def record_version(registry: Recorder, body: VersionBody) -> Version:
    """Record a version; the first of a model gets the alias `default`."""
    return registry.record_version(body)


@router.patch("/versions/id/{id}", tags=["versions"])
def change_version(registry: Promoter, id: RowId, change: VersionChange) -> Version:
    """Change the description, the tags or the stage of a version."""
    return registry.change_version(id, change)


@router.get("/aliases/model-id/{id}", tags=["aliases"])
def aliases_of_model(registry: Reader, id: RowId) -> tuple[Alias, ...]:
    """List the aliases of a model."""
    return registry.aliases(id)


@router.get("/aliases/model-id/{id}/name/{name}", tags=["aliases"])
def alias_by_name(registry: Reader, id: RowId, name: AliasPath) -> Alias:
    """Return an alias of a model."""
    return registry.alias(id, name)


@router.put("/aliases/model-id/{id}/name/{name}", tags=["aliases"])
def move_alias(registry: Promoter, id: RowId, name: AliasPath, move: AliasMove) -> Alias:
    """Point an alias to a version, if it still points to the expected one."""
    return registry.move_alias(id, name, move)


@router.post("/aliases/model-id/{id}/name/{name}/rollback", tags=["aliases"])
def rollback(registry: Promoter, id: RowId, name: AliasPath, body: Rollback) -> Alias:
    """Point an alias to the version that it pointed to before its last move."""
    return registry.rollback(id, name, body.why, body.expect)


@router.get("/events/all", tags=["events"])
def list_events(registry: Reader, part: Part, kind: QueryKind = None) -> Page[Event]:
    """List the changes of the registry, in the order in which they happened."""
    return registry.events(part, kind=kind)


@router.get("/events/faults", tags=["events"])
def faults(registry: Administrator) -> list[str]:
    """Check the chain of events: say which were changed, added or removed. It reads all of them."""
    return registry.faults()


@router.get("/events/model-id/{id}", tags=["events"])
def events_of_model(registry: Reader, id: RowId, part: Part, kind: QueryKind = None) -> Page[Event]:
    """List the changes of a model."""
    return registry.events(part, id, kind)
