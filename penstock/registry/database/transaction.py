"""A transaction of the registry's database, as the functions of the store see it.

There are two kinds: that of SQLAlchemy, for both databases, and that of Python's own driver, for an SQLite file. So a
function that reads or changes rows is the same one, whether SQLAlchemy is imported or not.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from penstock.registry.database.statements import Statement, insert, update

_JSON = {
    *("configuration", "data", "evaluations", "artifacts", "details", "signature", "tags", "subject", "document"),
    "scopes",
}
_TIMES = {"created", "archived", "changed", "at", "expires"}


class Transaction(ABC):
    """A transaction that reads one state of the database, or writes."""

    @abstractmethod
    def each(self, statement: Statement) -> Iterator[dict[str, Any]]:
        """Yield the rows of a statement, which may be many, with their values as the documents take them."""

    @abstractmethod
    def all(self, statement: Statement) -> list[dict[str, Any]]:
        """Return the rows of a statement, read at once."""

    @abstractmethod
    def run(self, statement: Statement) -> None:
        """Execute a statement that changes rows."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the time of the database, in UTC."""

    @abstractmethod
    def lock(self) -> None:
        """Take the turn of the writers; the end of the transaction gives it back."""

    def one(self, statement: Statement) -> dict[str, Any] | None:
        """Return the first row of a statement; None if there is none."""
        return next(iter(self.all(statement)), None)

    def insert(self, table: str, **values: Any) -> None:
        """Add a row."""
        self.run(insert(table, values))

    def update(self, table: str, values: Mapping[str, Any], **equal: Any) -> None:
        """Change the rows whose columns have the given values."""
        self.run(update(table, values).equal(**equal))


def decoded(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with JSON and times as Python has them; PostgreSQL's driver has done that already."""
    return {name: _value(name, value) for name, value in row.items()}


def encoded(value: Any) -> Any:
    """Return a parameter as SQLite stores it, and PostgreSQL takes it: JSON as its text."""
    return json.dumps(value) if isinstance(value, dict | list) else value


def time_text(value: Any) -> Any:
    """Return a time as SQLite stores it: in UTC, without its zone; other values are unchanged."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", timespec="microseconds")


def _value(name: str, value: Any) -> Any:
    if name in _JSON and isinstance(value, str):
        return json.loads(value)
    if name in _TIMES and value is not None:
        time = datetime.fromisoformat(value) if isinstance(value, str) else value
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return value
