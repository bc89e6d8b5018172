"""Columns without a value in one of several delimited files: DuckDB takes them for text there, and so everywhere."""

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb

from tables.sql import quoted

# Only where a column has no value in so many rows of a file, and one in as many of another, are whole files looked at.
_HEAD = 2048
# The types of the other files that are taken, and what they become together. How a date is written no empty file tells.
_TAKEN = {
    frozenset(("BOOLEAN",)): "BOOLEAN",
    frozenset(("BIGINT",)): "BIGINT",
    frozenset(("DOUBLE",)): "DOUBLE",
    frozenset(("BIGINT", "DOUBLE")): "DOUBLE",
}


def types_where_filled(
    places: Sequence[Path],
    names: Sequence[str],
    types_of: Callable[[Path], dict[str, str]],
    text_of: Callable[[Path], str],
    connection: duckdb.DuckDBPyConnection,
) -> dict[str, str]:
    """Return the types of the numbers and booleans that would be text only because a file has no value in them.

    Args:
        places: The files.
        names: The columns that would be text.
        types_of: Gives the columns of a file with their types, as the file alone tells them.
        text_of: Gives a query for the rows of a file, every value as it is written.
        connection: Where to read.
    """
    if len(places) < 2 or not names:
        return {}
    heads = [_present(f"({text_of(place)} LIMIT {_HEAD})", names, connection) for place in places]
    maybe = [name for name in names if any(head[name] for head in heads) and not all(head[name] for head in heads)]
    if not maybe:
        return {}
    present = [_present(f"({text_of(place)})", maybe, connection) for place in places]
    told = [types_of(place) for place in places]
    found = {}
    for name in maybe:
        kinds = frozenset(types[name] for types, counts in zip(told, present, strict=True) if counts[name])
        if kinds in _TAKEN:
            found[name] = _TAKEN[kinds]
    return found


def _present(rows: str, names: Sequence[str], connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the number of values of each column."""
    counts = ", ".join(f"count(nullif({quoted(name)}, ''))" for name in names)
    [found] = connection.execute(f"SELECT {counts} FROM {rows}").fetchall()
    return dict(zip(names, found, strict=True))
