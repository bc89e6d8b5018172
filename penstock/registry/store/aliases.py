"""Moves of aliases: compare-and-set, each with its event, undone one by one; nothing here imports SQLAlchemy."""

import re
from dataclasses import dataclass

from penstock.registry.database.statements import Statement
from penstock.registry.database.transaction import Transaction
from penstock.registry.documents import ALIAS, MOVED, Alias, AliasMove, Version
from penstock.registry.errors import Conflict, Invalid, quoted
from penstock.registry.store.lookups import alias, pointed, version_by_number
from penstock.registry.store.writer import Writer


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
        raise Invalid(f"the alias {quoted(name)}", expected, "another name", "choose another one")
    version = version_by_number(writer.connection, model_id, move.version)
    before = pointed(writer.connection, model_id, name)
    if move.expect is not None and (before.version if before else 0) != move.expect:
        raise _lost(writer.connection, model_id, name, move.expect, before)
    if version.stage == "archived":
        raise _archived(version.number)
    if before is None or before.version_id != version.id:
        point(writer, Move(name, version, before, move.why))
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
        raise Conflict(f"the alias {name}", "a move that is not undone yet", "none", "promote a version instead")
    version = version_by_number(writer.connection, model_id, target)
    if version.stage == "archived":
        raise _archived(target)
    point(writer, Move(name, version, current, why, rollback=True))
    return alias(writer.connection, model_id, name)


@dataclass(frozen=True)
class Move:
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


def point(writer: Writer, move: Move) -> None:
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
        writer.connection.insert("aliases", model_id=model_id, name=move.name, version_id=id, changed=time)
    else:
        values = {"version_id": id, "changed": time}
        writer.connection.update("aliases", values, model_id=model_id, name=move.name)


def _target_of_rollback(connection: Transaction, model_id: int, name: str) -> int | None:
    """Return the version before the last move that no rollback has undone; None if there is none."""
    undone = 0
    for event in connection.each(_moves(model_id)):
        document = event["document"]
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


def _archived(number: int) -> Conflict:
    """Return the error of a version that no alias may point to."""
    next_step = f"make it active first: `penstock models archive {number} --undo`"
    return Conflict(f"version {number}", "an active version", "an archived one", next_step)


def _lost(connection: Transaction, model_id: int, name: str, expect: int, before: Alias | None) -> Conflict:
    """Return the error of a lost race for an alias, with who won."""
    received = "none" if before is None else f"version {before.version}"
    moves = connection.each(_moves(model_id))
    winner = next((move["actor"] for move in moves if move["document"]["alias"] == name), None)
    return Conflict(
        f"the alias {name}",
        f"version {expect}" if expect else "none",
        f"{received}{f', moved by {winner}' if winner else ''}",
        "look at the alias, and decide again",
    )


def _moves(model_id: int) -> Statement:
    """Return the statement for the moves of a model's aliases, the last one first."""
    query = Statement("SELECT actor, document FROM events WHERE 1 = 1").equal(model_id=model_id, kind=MOVED)
    return query.ending("ORDER BY id DESC")
