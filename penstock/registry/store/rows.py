"""What the functions with queries of SQLAlchemy share: who writes, one row by a condition, and pages of a list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from penstock.registry.database.sql import SqlTransaction
from penstock.registry.documents import Page, page_of
from penstock.registry.errors import missing
from penstock.registry.lists import MOST as MOST
from penstock.registry.lists import Slice as Slice
from penstock.registry.store.writer import Writer

Item = TypeVar("Item")


@dataclass(frozen=True)
class SqlWriter(Writer):
    """A writer that also adds rows with SQLAlchemy."""

    connection: SqlTransaction

    @classmethod
    def begin(cls, connection: sa.Connection, actor: str) -> "SqlWriter":
        """Take the turn of the writers."""
        transaction = SqlTransaction(connection)
        transaction.lock()
        return cls(transaction, actor)

    def insert(self, table: Any, **values: Any) -> int:
        """Add a row and return its id."""
        key: Any = self.connection.execute(sa.insert(table).values(**values)).inserted_primary_key
        return int(key[0])


def one(connection: SqlTransaction, query: sa.Select[Any], what: str, next_step: str) -> sa.RowMapping:
    """Return the only row of a query.

    Raises:
        NotFound: There is none.
    """
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise missing(what, next_step)
    return row


def page(
    connection: SqlTransaction, query: sa.Select[Any], id: Any, part: Slice, read: Callable[[sa.RowMapping], Item]
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
