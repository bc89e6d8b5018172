"""A transaction of SQLAlchemy, in either database."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from penstock.registry.database.engine import now
from penstock.registry.database.statements import Statement
from penstock.registry.database.transaction import Transaction, decoded, encoded, time_text

# As many rows are read at a time.
_BATCH = 500


class SqlTransaction(Transaction):
    """A transaction that also executes the queries of SQLAlchemy."""

    def __init__(self, connection: sa.Connection) -> None:
        """Use a connection, within its transaction."""
        self._connection = connection
        self._is_file = connection.dialect.name == "sqlite"

    def execute(self, query: Any, *given: Any) -> sa.CursorResult[Any]:
        """Execute a query of SQLAlchemy."""
        return self._connection.execute(query, *given)

    def each(self, statement: Statement) -> Iterator[dict[str, Any]]:
        """Yield the rows of a statement, which may be many, with their values as the documents take them."""
        with self._executed(statement, {"yield_per": _BATCH}) as found:
            for row in found.mappings():
                yield decoded(dict(row))

    def all(self, statement: Statement) -> list[dict[str, Any]]:
        """Return the rows of a statement, read at once."""
        return [decoded(dict(row)) for row in self._executed(statement).mappings()]

    def run(self, statement: Statement) -> None:
        """Execute a statement that changes rows."""
        self._executed(statement).close()

    def now(self) -> datetime:
        """Return the time of the database, in UTC."""
        return now(self._connection)

    def lock(self) -> None:
        """Take the turn of the writers; SQLite gave it at the begin of the transaction."""
        if not self._is_file:
            self._connection.exec_driver_sql("SELECT id FROM head FOR UPDATE")

    def _executed(self, statement: Statement, options: dict[str, Any] | None = None) -> sa.CursorResult[Any]:
        values = tuple(encoded(value) for value in statement.parameters)
        if self._is_file:
            return self._connection.exec_driver_sql(statement.text, tuple(map(time_text, values)), options)
        return self._connection.exec_driver_sql(statement.text.replace("?", "%s"), values, options)
