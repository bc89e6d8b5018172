"""The chain of events: each contains the hash of the one before, so that a removed or changed one is found."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from penstock.registry.database.statements import Statement
from penstock.registry.database.transaction import Transaction

_HEAD = Statement("SELECT events, hash FROM head")


def append(
    connection: Transaction, kind: str, actor: str, subject: Mapping[str, Any], document: Mapping[str, Any]
) -> datetime:
    """Add an event and return its time; the caller must have taken the turn of the writers.

    Args:
        connection: A transaction that writes.
        kind: What happened.
        actor: Who did it.
        subject: What was changed: ids by kind of row.
        document: What changed.
    """
    number, previous = _head(connection)
    at = connection.now()
    row = {
        "id": number + 1,
        "at": at,
        "kind": kind,
        "actor": actor,
        "model_id": subject.get("model"),
        "subject": dict(subject),
        "document": dict(document),
        "previous": previous,
    }
    digest = event_hash(row)
    connection.insert("events", **row, hash=digest)
    connection.update("head", {"events": number + 1, "hash": digest})
    return at


def event_hash(row: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an event's columns other than `hash`, as JSON with sorted keys."""
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    names = ("id", "kind", "actor", "model_id", "subject", "document", "previous")
    values = {**{name: row[name] for name in names}, "at": at}
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def faults(connection: Transaction) -> list[str]:
    """Return what is wrong with the chain, as one sentence for each event that was changed, added or removed."""
    found: list[str] = []
    previous, number = "", 0
    for row in connection.each(Statement("SELECT * FROM events ORDER BY id")):
        if row["id"] != number + 1:
            missing = f"event {number + 1}" if row["id"] == number + 2 else f"events {number + 1} to {row['id'] - 1}"
            found.append(f"{missing} {'is' if row['id'] == number + 2 else 'are'} missing")
        elif row["previous"] != previous:
            found.append(f"event {row['id']} does not follow event {number}: one of the two was replaced")
        if event_hash(row) != row["hash"]:
            found.append(f"event {row['id']} was changed after it was written")
        previous, number = row["hash"], row["id"]
    last, digest = _head(connection)
    if last > number:
        found.append(f"the last {last - number} events are missing, after event {number}")
    elif last < number or digest != previous:
        found.append(f"event {number} is not the last event that the registry wrote")
    return found


def _head(connection: Transaction) -> tuple[int, str]:
    """Return the number of the last event and its hash."""
    row = connection.one(_HEAD)
    if row is None:
        raise AssertionError("the table of the last event has one row")
    return row["events"], row["hash"]
