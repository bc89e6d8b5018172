"""Values that differ in whitespace, case or Unicode normalization only: usually one value in several spellings."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import duckdb

from penstock.tables.sql import literal, quoted

# Columns with more distinct values are not checked.
MAX_DISTINCT = 3000
# The limits of a warning: groups, spellings of each, characters of a value and of the SQL.
_GROUPS, _SPELLINGS, _LONGEST, _LONGEST_FIX = 3, 4, 40, 300
# From the least change to the greatest; `{}` is the column. No backslash is used, because TOML would read an escape.
_WHITESPACE = ("{}", "trim({})", "trim(regexp_replace({}, '[[:space:]]+', ' ', 'g'))")
_FORMS = ("{}", "lower({})", "nfc_normalize({})", "lower(nfc_normalize({}))")

Counts: TypeAlias = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Spellings:
    """Values of a column with several spellings.

    Attributes:
        column: The column.
        groups: The spellings of each such value with their numbers of rows, the most frequent first.
        fix: SQL, in DuckDB's dialect, that makes each group one value and keeps all other values distinct.
    """

    column: str
    groups: tuple[Counts, ...]
    fix: str

    def sentence(self, *, sql: bool = True) -> str:
        """Return a warning with the spellings, their rows, and the SQL that unifies them.

        Args:
            sql: Whether the query is in DuckDB's dialect, so that the warning can show the fix.
        """
        shown = "; ".join(_listed(group) for group in self.groups[:_GROUPS])
        more = f"; and {len(self.groups) - _GROUPS} more" if len(self.groups) > _GROUPS else ""
        name = quoted(self.column)
        is_short = len(self.fix) <= _LONGEST_FIX
        remedy = f"write {self.fix} AS {name} in data.query" if sql and is_short else "write them alike in data.query"
        return f"{self.column!r} has values that differ in spelling only: {shown}{more}; to make them one, {remedy}."


def spellings(column: str, counts: Iterable[tuple[str, int]]) -> Spellings | None:
    """Return the values with several spellings, given each value with its rows; None if there are none."""
    found: dict[str, list[tuple[str, int]]] = {}
    for value, rows in islice(counts, MAX_DISTINCT + 1):
        if value.strip():
            found.setdefault(_folded(value), []).append((value, rows))
    groups = tuple(tuple(sorted(group, key=_by_rows)) for group in found.values() if len(group) > 1)
    if not groups or sum(map(len, found.values())) > MAX_DISTINCT:
        return None
    groups = tuple(sorted(groups, key=lambda group: (-sum(rows for _, rows in group), group[0][0])))
    return Spellings(column, groups, _fix(column, groups, found))


def _folded(value: str) -> str:
    text = unicodedata.normalize("NFKC", value).casefold()
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _by_rows(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


def _fix(column: str, groups: Sequence[Counts], found: Mapping[str, Sequence[tuple[str, int]]]) -> str:
    """Return the least change after which DuckDB gives one value for each group of these values.

    If no change does, the SQL lists each value.
    """
    name = quoted(column)
    candidates = list(_candidates(name))
    places = [(place, value) for place, group in enumerate(found.values()) for value, _ in group]
    with duckdb.connect() as connection:
        values = f"(SELECT unnest(?) AS {name})"
        results = connection.execute(
            f"SELECT {', '.join(candidates)} FROM {values}", [[v for _, v in places]]
        ).fetchall()
    for number, candidate in enumerate(candidates):
        pairs = {(place, row[number]) for (place, _), row in zip(places, results, strict=True)}
        if len(pairs) == len(found) == len({value for _, value in pairs}):
            return candidate
    cases = " ".join(f"WHEN {literal(value)} THEN {literal(group[0][0])}" for group in groups for value, _ in group[1:])
    return f"CASE {name} {cases} ELSE {name} END"


def _candidates(name: str) -> Iterator[str]:
    for form in _FORMS:
        for whitespace in _WHITESPACE:
            yield form.format(whitespace.format(name))


def _listed(group: Counts) -> str:
    shown = ", ".join(f"{_visible(value, group)} {rows:,}" for value, rows in group[:_SPELLINGS])
    return f"{shown} and {len(group) - _SPELLINGS} more" if len(group) > _SPELLINGS else shown


def _visible(value: str, group: Counts) -> str:
    """Return a value in quotes, with escapes if it may look like another one."""
    alike = [unicodedata.normalize("NFKC", other) for other, _ in group]
    text = ascii(value) if len(set(alike)) < len(alike) or re.search(r"[^\S ]", value) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]}...{text[0]}"
