"""What the functions of the registry share: who writes, one row by a condition, and pages of a list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from penstock.registry.database import chain
from penstock.registry.documents import EventKind, Page, page_of
from penstock.registry.errors import missing
from penstock.registry.lists import MOST as MOST
from penstock.registry.lists import Slice as Slice

Item = TypeVar("Item")


@dataclass(frozen=True)
class Writer:
    """A transaction that writes, and who writes."""

    connection: sa.Connection
    actor: str

    @classmethod
    def begin(cls, connection: sa.Connection, actor: str) -> "Writer":
        """Take the turn of the writers."""
        chain.lock(connection)
        return cls(connection, actor)

    def record(self, kind: EventKind, subject: dict[str, Any], **document: Any) -> Any:
        """Add an event, and return its time."""
        return chain.append(self.connection, kind, self.actor, subject, document)

    def insert(self, table: Any, **values: Any) -> int:
        """Add a row and return its id."""
        key: Any = self.connection.execute(sa.insert(table).values(**values)).inserted_primary_key
        return int(key[0])


def one(connection: sa.Connection, query: sa.Select[Any], what: str, next_step: str) -> sa.RowMapping:
    """Return the only row of a query.

    Raises:
        NotFound: There is none.
    """
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise missing(what, next_step)
    return row


def page(
    connection: sa.Connection, query: sa.Select[Any], id: Any, part: Slice, read: Callable[[sa.RowMapping], Item]
) -> Page[Item]:
    """Return a part of a list that is ordered by an id.

    Args:
        connection: The connection.
        query: The list.
        id: The column by which it is ordered.
        part: Which part.
        read: Makes the document of a row.
    """
    if part.after is not None:
        query = query.where(id < part.after_id if part.newest else id > part.after_id)
    rows = connection.execute(query.order_by(id.desc() if part.newest else id).limit(part.limit + 1)).mappings().all()
    return page_of([read(row) for row in rows], part.limit)
