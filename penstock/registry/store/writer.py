"""A transaction that writes, and who writes."""

from dataclasses import dataclass
from typing import Any

from penstock.registry.database import chain
from penstock.registry.database.transaction import Transaction
from penstock.registry.documents import EventKind


@dataclass(frozen=True)
class Writer:
    """A transaction that has the turn of the writers, and who writes."""

    connection: Transaction
    actor: str

    def record(self, kind: EventKind, subject: dict[str, Any], **document: Any) -> Any:
        """Add an event, and return its time."""
        return chain.append(self.connection, kind, self.actor, subject, document)
