"""Versions of a model, and the aliases that point to them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from penstock.registry.database import tables
from penstock.registry.database.engine import now
from penstock.registry.documents import (
    ALIAS,
    DEFAULT,
    MOVED,
    Alias,
    AliasMove,
    Event,
    EventKind,
    Page,
    Version,
    VersionBody,
    VersionChange,
)
from penstock.registry.errors import Conflict, Invalid, NotFound
from penstock.registry.store.digests import version_digest
from penstock.registry.store.experiments import experiment_by_id
from penstock.registry.store.projects import model_by_id
from penstock.registry.store.rows import Slice, Writer, one, page

_VERSION, _ALIAS, _EVENT = tables.Version, tables.Alias, tables.Event
_VERSIONS = sa.select(_VERSION.__table__)
_ALIASES = sa.select(_ALIAS.__table__, _VERSION.number.label("version")).join(
    _VERSION, _VERSION.id == _ALIAS.version_id
)


def record_version(writer: Writer, body: VersionBody) -> Version:
    """Record a version; the first of a model gets the alias `default`.

    A version that is recorded already is returned as it is.

    Raises:
        NotFound: There is no such model or experiment.
        Conflict: The model has another version of this number, or the experiment is of another model.
    """
    model_by_id(writer.connection, body.model_id)
    if experiment_by_id(writer.connection, body.experiment_id).model_id != body.model_id:
        received = f"experiment {body.experiment_id}, of another model"
        raise Conflict(f"version {body.number}", "an experiment of its model", received, "name the right one")
    query = _VERSIONS.where(_VERSION.model_id == body.model_id, _VERSION.number == body.number)
    found = writer.connection.execute(query).mappings().one_or_none()
    if found is not None:
        if found["digest"] != body.digest:
            raise Conflict(
                f"version {body.number} of model {body.model_id}",
                f"the files that are recorded for it, {found['digest'][:12]}",
                body.digest[:12],
                "push it as a new version",
            )
        return version_by_id(writer.connection, found["id"])
    values = body.model_dump(mode="json")
    id = writer.insert(_VERSION, **values, stage="active", created=now(writer.connection))
    subject = {"model": body.model_id, "version": id, "experiment": body.experiment_id}
    row = version_digest(version_by_id(writer.connection, id))
    writer.record("version recorded", subject, number=body.number, digest=body.digest, row=row)
    if _pointed(writer.connection, body.model_id, DEFAULT) is None:
        _point(writer, _Move(DEFAULT, version_by_id(writer.connection, id), None, "the first version"))
    return version_by_id(writer.connection, id)


def change_version(writer: Writer, id: int, change: VersionChange) -> Version:
    """Change the description, the tags or the stage of a version.

    Raises:
        NotFound: There is no such version.
        Conflict: It is to be archived, and an alias points to it.
    """
    before = version_by_id(writer.connection, id)
    if change.stage == "archived" and before.aliases:
        raise Conflict(
            f"version {before.number}",
            "a version that no alias points to",
            f"one with the alias {', '.join(before.aliases)}",
            "promote another version first",
        )
    values: dict[str, Any] = {}
    if change.description is not None and change.description != before.description:
        values["description"] = change.description
    tags = {name: text for name, text in {**before.tags, **change.tags}.items() if text is not None}
    if tags != before.tags:
        values["tags"] = tags
    if change.stage is not None and change.stage != before.stage:
        values["stage"] = change.stage
    if values:
        subject = {"model": before.model_id, "version": id}
        row = version_digest(before.model_copy(update=values))
        time = writer.record("version changed", subject, number=before.number, why=change.why, to=values, row=row)
        if "stage" in values:
            values["archived"] = time if change.stage == "archived" else None
        writer.connection.execute(sa.update(_VERSION).where(_VERSION.id == id).values(**values))
    return version_by_id(writer.connection, id)


def move_alias(writer: Writer, model_id: int, name: str, move: AliasMove) -> Alias:
    """Point an alias to a version.

    An alias that points there already stays as it is, and no event is written.

    Raises:
        NotFound: There is no such model or version.
        Conflict: The alias does not point to the expected version, or the version is archived.
        Invalid: It is no name of an alias.
    """
    if not re.fullmatch(ALIAS, name):
        expected = "a letter, then letters, digits, dots, underscores and hyphens"
        raise Invalid(f"the alias {name!r}", expected, "another name", "choose another one")
    version = version_by_number(writer.connection, model_id, move.version)
    before = _pointed(writer.connection, model_id, name)
    if move.expect is not None and (before.version if before else 0) != move.expect:
        raise _lost(writer.connection, model_id, name, move.expect, before)
    if version.stage == "archived":
        raise Conflict(f"version {version.number}", "an active version", "an archived one", "change its stage first")
    if before is None or before.version_id != version.id:
        _point(writer, _Move(name, version, before, move.why))
    return alias(writer.connection, model_id, name)


def rollback(writer: Writer, model_id: int, name: str, why: str, expect: int | None = None) -> Alias:
    """Point an alias to the version that it pointed to before its last move; a rollback counts as none.

    Raises:
        NotFound: There is no such model or alias.
        Conflict: It never pointed to another version, that one is archived, or the alias is not as expected.
    """
    current = alias(writer.connection, model_id, name)
    if expect is not None and current.version != expect:
        raise _lost(writer.connection, model_id, name, expect, current)
    target = _target_of_rollback(writer.connection, model_id, name)
    if target is None:
        raise Conflict(
            f"the alias {name}", "one that was moved before", "one that was never moved", "promote a version instead"
        )
    version = version_by_number(writer.connection, model_id, target)
    if version.stage == "archived":
        raise Conflict(f"version {target}", "an active version", "an archived one", "change its stage first")
    _point(writer, _Move(name, version, current, why, rollback=True))
    return alias(writer.connection, model_id, name)


def version_by_id(connection: sa.Connection, id: int) -> Version:
    """Return a version with its aliases.

    Raises:
        NotFound: There is none with this id.
    """
    return _one(connection, _VERSION.id == id, f"version with id {id}")


def version_by_number(connection: sa.Connection, model_id: int, number: int) -> Version:
    """Return a version of a model with its aliases.

    Raises:
        NotFound: The model has none of this number, or there is no such model.
    """
    model_by_id(connection, model_id)
    return _one(connection, (_VERSION.model_id == model_id) & (_VERSION.number == number), f"version {number}")


def versions(connection: sa.Connection, model_id: int, part: Slice, experiment_id: int | None = None) -> Page[Version]:
    """Return a part of the list of versions of a model, of all experiments or of one.

    Raises:
        NotFound: There is no such model.
    """
    model_by_id(connection, model_id)
    query = _VERSIONS.where(_VERSION.model_id == model_id)
    if experiment_id is not None:
        query = query.where(_VERSION.experiment_id == experiment_id)
    if not part.archived:
        query = query.where(_VERSION.archived.is_(None))
    names = _names(connection, _ALIAS.model_id == model_id)
    return page(connection, query, _VERSION.id, part, lambda row: _version(row, names))


def count_versions(connection: sa.Connection, model_id: int, *, archived: bool = False) -> int:
    """Return the number of the versions of a model, of the active ones or of all.

    Raises:
        NotFound: There is no such model.
    """
    query = sa.select(sa.func.count()).where(_VERSION.model_id == model_by_id(connection, model_id).id)
    query = query if archived else query.where(_VERSION.archived.is_(None))
    return int(connection.execute(query).scalar_one())


def alias(connection: sa.Connection, model_id: int, name: str) -> Alias:
    """Return an alias.

    Raises:
        NotFound: The model has none of this name, or there is no such model.
    """
    model_by_id(connection, model_id)
    found = _pointed(connection, model_id, name)
    if found is None:
        raise NotFound(f"the alias {name!r}", "an alias of the model", "none", "look at the list of the model")
    return found


def aliases(connection: sa.Connection, model_id: int) -> tuple[Alias, ...]:
    """Return the aliases of a model, by name.

    Raises:
        NotFound: There is no such model.
    """
    model_by_id(connection, model_id)
    query = _ALIASES.where(_ALIAS.model_id == model_id).order_by(_ALIAS.name)
    return tuple(Alias.model_validate(row) for row in connection.execute(query).mappings())


def events(
    connection: sa.Connection, part: Slice, model_id: int | None = None, kind: EventKind | None = None
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


@dataclass(frozen=True)
class _Move:
    """A move of an alias.

    Attributes:
        name: The alias.
        to: The version that it points to from now on.
        before: The alias as it is; None if there is none.
        why: The reason.
        rollback: Whether this undoes a move.
    """

    name: str
    to: Version
    before: Alias | None
    why: str
    rollback: bool = False


def _point(writer: Writer, move: _Move) -> None:
    """Write an alias and its event."""
    model_id, id, before = move.to.model_id, move.to.id, move.before
    document = {
        "alias": move.name,
        "from": before.version if before else None,
        "to": move.to.number,
        "why": move.why,
        "rollback": move.rollback,
    }
    time = writer.record(MOVED, {"model": model_id, "version": id}, **document)
    if before is None:
        values = {"model_id": model_id, "name": move.name, "version_id": id, "changed": time}
        writer.connection.execute(sa.insert(_ALIAS).values(**values))
    else:
        condition = (_ALIAS.model_id == model_id) & (_ALIAS.name == move.name)
        writer.connection.execute(sa.update(_ALIAS).where(condition).values(version_id=id, changed=time))


def _target_of_rollback(connection: sa.Connection, model_id: int, name: str) -> int | None:
    """Return the version before the last move that no rollback has undone; None if there is none."""
    query = (
        sa.select(_EVENT.document).where(_EVENT.model_id == model_id, _EVENT.kind == MOVED).order_by(_EVENT.id.desc())
    )
    undone = 0
    for document in connection.execute(query).scalars():
        if document["alias"] != name:
            continue
        if document["rollback"]:
            undone += 1
        elif undone:
            undone -= 1
        else:
            before: int | None = document["from"]
            return before
    return None


def _lost(connection: sa.Connection, model_id: int, name: str, expect: int, before: Alias | None) -> Conflict:
    """Return the error of a lost race for an alias, with who won."""
    received = "none" if before is None else f"version {before.version}"
    query = (
        sa.select(_EVENT.actor, _EVENT.document)
        .where(_EVENT.model_id == model_id, _EVENT.kind == MOVED)
        .order_by(_EVENT.id.desc())
    )
    winner = next((row.actor for row in connection.execute(query) if row.document["alias"] == name), None)
    return Conflict(
        f"the alias {name}",
        f"version {expect}" if expect else "none",
        f"{received}{f', moved by {winner}' if winner else ''}",
        "look at the alias, and decide again",
    )


def _pointed(connection: sa.Connection, model_id: int, name: str) -> Alias | None:
    query = _ALIASES.where(_ALIAS.model_id == model_id, _ALIAS.name == name)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Alias.model_validate(row)


def _one(connection: sa.Connection, condition: Any, what: str) -> Version:
    row = one(connection, _VERSIONS.where(condition), what, "look at the list of the model")
    return _version(row, _names(connection, _ALIAS.version_id == row["id"]))


def _names(connection: sa.Connection, condition: Any) -> dict[int, tuple[str, ...]]:
    """Return the names of the aliases by the id of the version."""
    found: dict[int, tuple[str, ...]] = {}
    query = sa.select(_ALIAS.version_id, _ALIAS.name).where(condition).order_by(_ALIAS.name)
    for id, name in connection.execute(query):
        found[id] = (*found.get(id, ()), name)
    return found


def _version(row: sa.RowMapping, names: Mapping[int, tuple[str, ...]]) -> Version:
    return Version.model_validate({**row, "aliases": names.get(row["id"], ())})
