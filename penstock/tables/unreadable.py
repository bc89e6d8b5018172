"""Rows of delimited files with a value that is no number or no time where the configuration asks for one.

One such value makes its whole column text. A row is set aside only where most values of the column are written in one
way and the value in none that is known: dates that are written in two ways may be read wrongly, and a column of mostly
other things is not what was configured.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from penstock.core.features import CYCLES
from penstock.core.text import shorten
from penstock.tables.files.reading import delimiter_of, scan
from penstock.tables.sql import quoted, unlike
from penstock.tables.table import Table
from penstock.tables.values import date_formats, number_formats
from penstock.tables.values.conversion import BOOLEAN, TEXT, is_strange, type_of
from penstock.tables.values.inference import Finding
from penstock.tables.values.interpretation import ColumnFormat

# Different values that are no such thing and are looked at.
_LOOKED = 1000
# Role: what every value of its column is, and the types that have it.
_DEMANDS = {
    **dict.fromkeys(("numeric", *CYCLES), ("number", {"BIGINT", "DOUBLE"})),
    "timestamp": ("timestamp", {"BIGINT", "DATE", "TIMESTAMP"}),
}


def unreadable(table: Table, roles: Mapping[str, str]) -> dict[Path, dict[int, str]]:
    """Return the rows of each file that cannot be read as configured: their places from 1 on, each with the reason.

    Args:
        table: A table of delimited files without malformed rows and without a query.
        roles: Column and role.
    """
    if delimiter_of(table.files) is None or table.separated is None:
        return {}
    asked = [finding for finding in table.findings if roles.get(finding.column.name) in _DEMANDS]
    odd = {
        finding.column.name: column
        for finding in asked
        if finding.column.format == TEXT and (column := _meant(finding, roles[finding.column.name]))
    }
    # A value that another way reads is not odd: the column is written in two ways.
    odd = {name: column for name, column in odd.items() if not _is_mixed(table, column, roles[name])}
    if not odd:
        return {}
    demands = {name: _DEMANDS[roles[name]][0] for name in odd}
    places = zip(table.files.paths, table.separated.paths, strict=True)
    return {path: dict(_reasons(table, scan(table.files, [place]), odd, demands)) for path, place in places}


def _ways(finding: Finding, role: str) -> dict[str, int]:
    return {form: fits for form, fits in finding.fits.items() if form != BOOLEAN and type_of(form) in _DEMANDS[role][1]}


def _meant(finding: Finding, role: str) -> ColumnFormat | None:
    """Return how a column of text is meant to be read, None where fewer than half of its values are so written."""
    ways = _ways(finding, role)
    form = max(ways, key=lambda way: ways[way], default=TEXT)
    if form == TEXT or not finding.present or not finding.present <= 2 * ways[form] < 2 * finding.present:
        return None
    return ColumnFormat(finding.column.name, form, type_of(form), finding.column.missing)


def _is_mixed(table: Table, column: ColumnFormat, role: str) -> bool:
    """Say whether any value that the way does not read is written in another one."""
    name = quoted(column.name)
    found = table.texts(f"DISTINCT {name}", column.name, f"WHERE {is_strange(column, name)} LIMIT {_LOOKED}")
    ways = date_formats.candidates if _DEMANDS[role][0] == "timestamp" else number_formats.candidates
    return any(ways([str(value)]) for (value,) in found)


def _reasons(
    table: Table, rows: str, odd: Mapping[str, ColumnFormat], demands: Mapping[str, str]
) -> Iterator[tuple[int, str]]:
    faults = {name: is_strange(column, quoted(name)) for name, column in odd.items()}
    place, names = unlike(odd), ", ".join(map(quoted, odd))
    values = ", ".join(f"CASE WHEN {fault} THEN {quoted(name)} END" for name, fault in faults.items())
    found = table.execute(
        f"SELECT {place}, {values} FROM (SELECT row_number() OVER () AS {place}, {names} FROM ({rows})) "
        f"WHERE {' OR '.join(faults.values())}"
    )
    for number, *texts in found:
        name, text = next((name, text) for name, text in zip(odd, texts, strict=True) if text is not None)
        yield number, f"{shorten(repr(text))} in the column {name!r} is no {demands[name]}"
