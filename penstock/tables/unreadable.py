"""Rows of delimited files with a value that is no number or no time although the role of its column requires one.

One such value makes its whole column text. A row is quarantined only if most values of the column have one format and
the value has no known format: dates in two formats could be read wrongly, and a column of mostly other values does not
match the configuration.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from penstock.core.features import CYCLES
from penstock.core.text import shorten
from penstock.tables.files.reading import delimiter_of, scan
from penstock.tables.sql import quoted, unused_prefix
from penstock.tables.table import Table
from penstock.tables.values import date_formats, number_formats
from penstock.tables.values.conversion import BOOLEAN, TEXT, is_invalid, type_of
from penstock.tables.values.inference import Finding
from penstock.tables.values.interpretation import ColumnFormat

# The number of distinct invalid values that are checked.
_SAMPLED_VALUES = 1000
# Role: the name of its values, and the types that they are converted to.
_REQUIRED = {
    **dict.fromkeys(("numeric", *CYCLES), ("number", {"BIGINT", "DOUBLE"})),
    "timestamp": ("timestamp", {"BIGINT", "DATE", "TIMESTAMP"}),
}


def unreadable_rows(table: Table, roles: Mapping[str, str]) -> dict[Path, dict[int, str]]:
    """Return the rows of each file that cannot be read as configured: their positions, from 1, with the reason.

    Args:
        table: A table of delimited files without malformed rows and without a query.
        roles: Column and role.
    """
    if delimiter_of(table.files) is None or table.separated is None:
        return {}
    checked = [finding for finding in table.findings if roles.get(finding.column.name) in _REQUIRED]
    invalid = {
        finding.column.name: column
        for finding in checked
        if finding.column.format == TEXT and (column := _intended(finding, roles[finding.column.name]))
    }
    # A value that another format reads is not invalid: the column has two formats.
    invalid = {name: column for name, column in invalid.items() if not _is_mixed(table, column, roles[name])}
    if not invalid:
        return {}
    required = {name: _REQUIRED[roles[name]][0] for name in invalid}
    places = zip(table.files.paths, table.separated.paths, strict=True)
    return {path: dict(_reasons(table, scan(table.files, [place]), invalid, required)) for path, place in places}


def _formats(finding: Finding, role: str) -> dict[str, int]:
    return {
        form: fits for form, fits in finding.fits.items() if form != BOOLEAN and type_of(form) in _REQUIRED[role][1]
    }


def _intended(finding: Finding, role: str) -> ColumnFormat | None:
    """Return the intended format of a text column, None if fewer than half of its values have it."""
    formats = _formats(finding, role)
    form = max(formats, key=lambda each: formats[each], default=TEXT)
    if form == TEXT or not finding.present or not finding.present <= 2 * formats[form] < 2 * finding.present:
        return None
    return ColumnFormat(finding.column.name, form, type_of(form), finding.column.missing)


def _is_mixed(table: Table, column: ColumnFormat, role: str) -> bool:
    """Say whether any value that does not have the format has another one."""
    name = quoted(column.name)
    found = table.texts(f"DISTINCT {name}", column.name, f"WHERE {is_invalid(column, name)} LIMIT {_SAMPLED_VALUES}")
    candidates = date_formats.candidates if _REQUIRED[role][0] == "timestamp" else number_formats.candidates
    return any(candidates([str(value)]) for (value,) in found)


def _reasons(
    table: Table, rows: str, invalid: Mapping[str, ColumnFormat], required: Mapping[str, str]
) -> Iterator[tuple[int, str]]:
    faults = {name: is_invalid(column, quoted(name)) for name, column in invalid.items()}
    place, names = unused_prefix(invalid), ", ".join(map(quoted, invalid))
    values = ", ".join(f"CASE WHEN {fault} THEN {quoted(name)} END" for name, fault in faults.items())
    found = table.execute(
        f"SELECT {place}, {values} FROM (SELECT row_number() OVER () AS {place}, {names} FROM ({rows})) "
        f"WHERE {' OR '.join(faults.values())}"
    )
    for number, *texts in found:
        name, text = next((name, text) for name, text in zip(invalid, texts, strict=True) if text is not None)
        yield number, f"{shorten(repr(text))} in the column {name!r} is no {required[name]}"
