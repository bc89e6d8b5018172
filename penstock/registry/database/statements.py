"""Statements of SQL that both databases execute, each with its parameters; a question mark stands for one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from penstock.registry.lists import Slice


@dataclass(frozen=True)
class Statement:
    """A statement and its parameters."""

    text: str
    parameters: tuple[Any, ...] = field(default=())

    def where(self, condition: str, *parameters: Any) -> "Statement":
        """Return the statement with a further condition."""
        return replace(self, text=f"{self.text} AND {condition}", parameters=(*self.parameters, *parameters))

    def equal(self, **given: Any) -> "Statement":
        """Return the statement for rows whose columns have the given values; None is no condition."""
        found = self
        for column, value in given.items():
            if value is not None:
                found = found.where(f"{column.replace('__', '.')} = ?", value)
        return found

    def part(self, table: str, part: Slice) -> "Statement":
        """Return the statement for one row more than a part of the list, in the order of its ids."""
        found = self
        if part.after is not None:
            found = found.where(f"{table}.id {'<' if part.newest else '>'} ?", part.after_id)
        return found.ending(f"ORDER BY {table}.id {'DESC' if part.newest else 'ASC'} LIMIT ?", part.limit + 1)

    def active(self, table: str, part: Slice) -> "Statement":
        """Return the statement without archived rows, unless they are wanted."""
        return self if part.archived else self.where(f"{table}.archived IS NULL")

    def ending(self, text: str, *parameters: Any) -> "Statement":
        """Return the statement with its end."""
        return replace(self, text=f"{self.text} {text}", parameters=(*self.parameters, *parameters))


def insert(table: str, values: Mapping[str, Any]) -> Statement:
    """Return the statement that adds a row."""
    marks = ", ".join("?" * len(values))
    words = ("INSERT INTO", table, f"({', '.join(values)})", f"VALUES ({marks})")
    return Statement(" ".join(words), tuple(values.values()))


def update(table: str, values: Mapping[str, Any]) -> Statement:
    """Return the statement that changes all rows of a table; `equal` names which."""
    columns = ", ".join(f"{name} = ?" for name in values)
    return Statement(" ".join(("UPDATE", table, "SET", columns, "WHERE 1 = 1")), tuple(values.values()))
