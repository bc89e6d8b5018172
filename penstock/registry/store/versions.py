"""Versions of a model: each number once, listed with the aliases that point to them."""

import sqlalchemy as sa

from penstock.registry.database import tables
from penstock.registry.database.sql import SqlTransaction
from penstock.registry.documents import DEFAULT, Event, EventKind, Page, Version, VersionBody
from penstock.registry.errors import Conflict
from penstock.registry.store.aliases import Move, point
from penstock.registry.store.digests import version_digest
from penstock.registry.store.lookups import (
    aliases,
    experiment_by_id,
    model_by_id,
    pointed,
    version_by_id,
    with_aliases,
)
from penstock.registry.store.rows import Slice, SqlWriter, page

_VERSION, _EVENT = tables.Version, tables.Event
_VERSIONS = sa.select(_VERSION.__table__)


def record_version(writer: SqlWriter, body: VersionBody) -> Version:
    """Record a version; the first of a model gets the alias `default`.

    A version that is recorded already is returned as it is.

    Raises:
        NotFound: There is no such model or experiment.
        Conflict: The model has another version of this number, or the experiment is of another model.
    """
    model = model_by_id(writer.connection, body.model_id)
    if experiment_by_id(writer.connection, body.experiment_id).model_id != body.model_id:
        received = f"experiment {body.experiment_id}, of another model"
        raise Conflict(f"version {body.number}", "an experiment of its model", received, "name the right one")
    query = _VERSIONS.where(_VERSION.model_id == body.model_id, _VERSION.number == body.number)
    found = writer.connection.execute(query).mappings().one_or_none()
    if found is not None:
        if found["digest"] != body.digest:
            raise Conflict(
                f"version {body.number} of {model.project}/{model.name}",
                f"the files that are recorded for it, {found['digest'][:12]}",
                body.digest[:12],
                "set registry.model to another name if another pipeline records into it, else push it as a new version",
            )
        return version_by_id(writer.connection, found["id"])
    values = body.model_dump(mode="json")
    id = writer.insert(_VERSION, **values, stage="active", created=writer.connection.now())
    subject = {"model": body.model_id, "version": id, "experiment": body.experiment_id}
    row = version_digest(version_by_id(writer.connection, id))
    writer.record("version recorded", subject, number=body.number, digest=body.digest, row=row)
    if pointed(writer.connection, body.model_id, DEFAULT) is None:
        point(writer, Move(DEFAULT, version_by_id(writer.connection, id), None, "the first version"))
    return version_by_id(writer.connection, id)


def versions(connection: SqlTransaction, model_id: int, part: Slice, experiment_id: int | None = None) -> Page[Version]:
    """Return a part of the list of versions of a model, of all experiments or of one.

    Raises:
        NotFound: There is no such model.
    """
    names = aliases(connection, model_id)
    query = _VERSIONS.where(_VERSION.model_id == model_id)
    if experiment_id is not None:
        query = query.where(_VERSION.experiment_id == experiment_id)
    if not part.archived:
        query = query.where(_VERSION.archived.is_(None))
    return page(connection, query, _VERSION.id, part, lambda row: with_aliases(dict(row), names))


def count_versions(connection: SqlTransaction, model_id: int, *, archived: bool = False) -> int:
    """Return the number of the versions of a model, of the active ones or of all.

    Raises:
        NotFound: There is no such model.
    """
    query = sa.select(sa.func.count()).where(_VERSION.model_id == model_by_id(connection, model_id).id)
    query = query if archived else query.where(_VERSION.archived.is_(None))
    return int(connection.execute(query).scalar_one())


def events(
    connection: SqlTransaction, part: Slice, model_id: int | None = None, kind: EventKind | None = None
) -> Page[Event]:
    """Return a part of the list of events, of all or of one model, of all kinds or of one, as they happened.

    Raises:
        NotFound: There is no such model.
    """
    query = sa.select(_EVENT.__table__)
    if model_id is not None:
        query = query.where(_EVENT.model_id == model_by_id(connection, model_id).id)
    if kind is not None:
        query = query.where(_EVENT.kind == kind)
    return page(connection, query, _EVENT.id, part, Event.model_validate)
