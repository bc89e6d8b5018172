"""The formats of columns that `init` proposes, if they are ambiguous or worth a review.

Columns with values in one common format get no line. The others get a line in `[data.formats]`, and in `[data.missing]`
the texts that then count as missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from penstock.core.text import shorten
from penstock.proposal.roles import is_code_name, is_time_name
from penstock.tables.sql import quoted
from penstock.tables.table import Column, Table
from penstock.tables.values import date_formats
from penstock.tables.values.conversion import BOOLEAN, INTEGER, TEXT, is_invalid, type_of
from penstock.tables.values.inference import Finding
from penstock.tables.values.interpretation import ColumnFormat
from penstock.tables.values.number_formats import PLAIN

_SELF_EVIDENT = {TEXT, INTEGER, PLAIN, BOOLEAN, date_formats.DATE, date_formats.TIMESTAMP, date_formats.TIME}
# A format that fits this share of at least this many values is proposed; the other values are listed as missing.
_SHARE, _VALUES, _MAX_UNPARSED = 0.95, 50, 20
# In a file with types, text is read as numbers only if it has this many distinct values, because it may be codes.
_LEAST_DISTINCT, _LEAST_NUMBERS = 3, 20
_NOT_WHOLE = "count(*) FILTER ({0} <> round({0}) OR abs({0}) >= 9007199254740992)"
_COLUMNS_PER_QUERY = 200


@dataclass
class Formats:
    """The proposal: formats and marks of missing values by column, and a note on each of these columns."""

    formats: dict[str, str] = field(default_factory=dict)
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


def propose_formats(table: Table) -> Formats:
    """Return the proposed formats of the columns that need one.

    A query may depend on the current types, so that with a query only ambiguous columns get a line.
    """
    found = Formats()
    for finding in table.findings:
        if table.query is None or finding.others:
            _of_text(found, table, finding, is_declared=False)
    if table.query is None:
        known = {finding.column.name for finding in table.findings}
        texts = [name for name, kind in table.declared.items() if kind == "VARCHAR" and name not in known]
        for finding in table.infer(texts):
            _of_text(found, table, finding, is_declared=True)
        _of_numbers(found, table)
    return found


def _of_text(found: Formats, table: Table, finding: Finding, *, is_declared: bool) -> None:
    """Add the proposal for a text column."""
    name, form = finding.column.name, finding.column.format
    if form != TEXT:
        if is_declared and not _is_worth_it(table, finding):
            return
        if form not in _SELF_EVIDENT or finding.others or is_declared:
            found.formats[name] = form
            found.notes[name] = _note(finding)
        return
    nearest, fits = finding.best_match
    present = finding.present or 0
    if nearest == BOOLEAN or not (present >= _VALUES and _SHARE * present <= fits < present):
        return
    column = ColumnFormat(name, nearest, type_of(nearest))
    which = f"WHERE {is_invalid(column, quoted(name))} ORDER BY 1 LIMIT {_MAX_UNPARSED + 1}"
    unparsed = [str(value) for (value,) in table.texts(f"DISTINCT trim({quoted(name)})", name, which)]
    # Codes with leading zeros are not wrong numbers.
    if len(unparsed) > _MAX_UNPARSED or (nearest in (INTEGER, PLAIN) and _has_codes(table, name)):
        return
    found.formats[name], found.missing[name] = nearest, tuple(sorted(unparsed))
    listed = shorten(", ".join(map(repr, sorted(unparsed)[:3])), 60)
    more = f" and {len(unparsed) - 3} more" if len(unparsed) > 3 else ""
    found.notes[name] = f"{fits:,} of {present:,} values are written as {nearest!r}; {listed}{more} count as missing."


def _note(finding: Finding) -> str:
    evidence = f"written as {finding.column.format!r}, all of {finding.present:,} values"
    if not finding.others:
        return f"{evidence[0].upper()}{evidence[1:]}."
    others = " or ".join(map(repr, finding.others))
    return f"Ambiguous: {evidence}, could also be {others}; {finding.reason}."


def _is_worth_it(table: Table, finding: Finding) -> bool:
    """Say whether text in a file with types, which could have declared numbers, is read as numbers."""
    name = quoted(finding.column.name)
    [(distinct,)] = table.source(f"count(DISTINCT {name})")
    is_whole = finding.column.format == INTEGER
    return bool(distinct >= (_LEAST_NUMBERS if is_whole else _LEAST_DISTINCT) and finding.column.format != BOOLEAN)


def _has_codes(table: Table, name: str) -> bool:
    return bool(table.source("1", f"WHERE regexp_full_match({quoted(name)}, '0[0-9]{{2,}}') LIMIT 1"))


def _of_numbers(found: Formats, table: Table) -> None:
    """Add the proposal for number columns: epoch times, dates as digits, and codes stored as floats."""
    columns = [Column(name, kind) for name, kind in table.types().items() if name not in found.formats]
    fractions = [column for column in columns if column.kind == "number" and is_code_name(column.name)]
    whole = [column for column in columns if column.kind == "integer"]
    for column, (present, fractional) in _counted(table, fractions, "count({0})", _NOT_WHOLE).items():
        if present and not fractional:
            found.formats[column.name] = INTEGER
            found.notes[column.name] = "Whole numbers written as fractions: a code by its name."
    for column, (low, high) in _counted(table, whole, "min({0})", "max({0})").items():
        if low is not None:
            _of_times(found, table, column.name, (low, high))


def _counted(table: Table, columns: Sequence[Column], *what: str) -> dict[Column, list[Any]]:
    """Return the values of expressions over each column, whose name replaces the braces, for some columns per query."""
    found: dict[Column, list[Any]] = {}
    for start in range(0, len(columns), _COLUMNS_PER_QUERY):
        part = columns[start : start + _COLUMNS_PER_QUERY]
        selection = ", ".join(each.format(quoted(column.name)) for column in part for each in what)
        values = iter(table.source(selection)[0])
        found |= {column: [next(values) for _ in what] for column in part}
    return found


def _of_times(found: Formats, table: Table, name: str, bounds: tuple[int, int]) -> None:
    low, high = bounds
    if date_formats.COMPACT_RANGE[0] <= low and high <= date_formats.COMPACT_RANGE[1]:
        [(dates, distinct, present)] = table.source(
            f"count(try_strptime(CAST({quoted(name)} AS VARCHAR), '%Y%m%d')), count(DISTINCT {quoted(name)}), "
            f"count({quoted(name)})"
        )
        if dates == present and (is_time_name(name) or distinct >= _LEAST_NUMBERS):
            found.formats[name] = date_formats.COMPACT
            found.notes[name] = f"Days written in digits, such as {low}: all {present:,} values are dates."
    elif is_time_name(name) and (form := date_formats.plausible_epoch(low, high)):
        found.formats[name] = form
        unit = form.partition("_")[2]
        found.notes[name] = f"{unit.capitalize()} since 1970 by name and range, {low} to {high}."
