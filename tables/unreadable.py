"""Rows of delimited files with a value that is no number or no timestamp where the configuration asks for one.

One such value makes its whole column text. DuckDB tells which values these are, and only where the others can all be
read in one way: a column of mostly other things is not what was configured, and dates that are written in two ways may
be read wrongly.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from tables.faults import shorten
from tables.reading import as_text, delimiter_of
from tables.sql import literal, quoted

if TYPE_CHECKING:
    from tables.source import Table

_DAYS = ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%d{0}%m{0}%Y %H:%M:%S", "%m{0}%d{0}%Y %I:%M:%S %p")
_FORMATS = [literal(day.format(separator)) for separator in "/-." for day in _DAYS]
# What is asked for: the kinds of columns that have it, and the ways in which a text may be it. What DuckDB casts, yet
# does not take for a number in a file, is none.
_WAYS: Mapping[str, tuple[set[str], tuple[str, ...]]] = {
    "number": (
        {"integer", "number", "boolean"},
        (r"TRY_CAST({0} AS DOUBLE) IS NOT NULL AND NOT regexp_matches({0}, '^\s*\+|_')",),
    ),
    "timestamp": (
        {"integer", "timestamp"},
        (
            "TRY_CAST({0} AS BIGINT) IS NOT NULL AND regexp_full_match({0}, '-?[0-9]+')",
            "TRY_CAST({0} AS TIMESTAMP) IS NOT NULL",
            *(f"try_strptime({{0}}, {one}) IS NOT NULL" for one in _FORMATS),
        ),
    ),
}


def unreadable(
    table: "Table", demands: Mapping[str, str], connection: duckdb.DuckDBPyConnection
) -> dict[Path, dict[int, str]]:
    """Return the rows of each file that cannot be read as demanded: their places from 1 on, each with the reason.

    Args:
        table: A table of delimited files without malformed rows and without a query.
        demands: Column and what it has to hold, `number` or `timestamp`.
        connection: Where to read.
    """
    delimiter = delimiter_of(table.files)
    if delimiter is None or table.separated is None:
        return {}
    odd = {
        column.name: demands[column.name]
        for column in table.columns
        if column.name in demands and column.kind not in _WAYS[demands[column.name]][0]
    }
    if odd:
        odd = _few(f"({as_text(table.separated.paths, delimiter)})", odd, connection)
    if not odd:
        return {}
    places = zip(table.files.paths, table.separated.paths, strict=True)
    return {path: dict(_reasons(f"({as_text([place], delimiter)})", odd, connection)) for path, place in places}


def _few(rows: str, odd: Mapping[str, str], connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return those of the columns in which at most half of the values are odd, and all others are of one way."""
    counts = [
        f"[count({_value(name)}), count(*) FILTER ({_readable(name, demand)}), "
        f"{', '.join(f'count(*) FILTER ({way})' for way in _ways(name, demand))}]"
        for name, demand in odd.items()
    ]
    [found] = connection.execute(f"SELECT {', '.join(counts)} FROM {rows}").fetchall()
    return {
        name: demand
        for (name, demand), (present, readable, *ways) in zip(odd.items(), found, strict=True)
        if present / 2 <= readable < present and readable in ways
    }


def _reasons(rows: str, odd: Mapping[str, str], connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, str]]:
    faults = {name: f"{_value(name)} IS NOT NULL AND NOT {_readable(name, demand)}" for name, demand in odd.items()}
    values = ", ".join(f"CASE WHEN {fault} THEN {quoted(name)} END" for name, fault in faults.items())
    found = connection.execute(
        f"SELECT place, {values} FROM (SELECT row_number() OVER () AS place, * FROM {rows}) "
        f"WHERE {' OR '.join(f'({fault})' for fault in faults.values())}"
    )
    while row := found.fetchone():
        place, *texts = row
        name, text = next((name, text) for name, text in zip(odd, texts, strict=True) if text is not None)
        yield place, f"{shorten(repr(text))} in the column {name!r} is no {odd[name]}"


def _value(name: str) -> str:
    return f"nullif({quoted(name)}, '')"


def _ways(name: str, demand: str) -> list[str]:
    return [f"({way.format(quoted(name))})" for way in _WAYS[demand][1]]


def _readable(name: str, demand: str) -> str:
    """Return SQL for whether a value is what is demanded; a missing one is not."""
    return f"coalesce({' OR '.join(_ways(name, demand))}, false)"
