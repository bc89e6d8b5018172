"""Notes on columns whose format is ambiguous, or whose values were read as missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.core.text import shorten
from penstock.tables.sql import quoted
from penstock.tables.table import Table
from penstock.tables.values.conversion import is_mark
from penstock.tables.values.inference import Finding

# The number of marks of one column that a note names.
_NAMED = 3


@dataclass(frozen=True)
class Mark:
    """A text that was read as a missing value.

    Attributes:
        column: The column of the source.
        text: The text in the source.
        count: The number of rows with it.
    """

    column: str
    text: str
    count: int


def notes(table: Table, names: Sequence[str]) -> tuple[str, ...]:
    """Return a note on each column whose format is ambiguous, or that has marks read as missing values.

    Args:
        table: The table.
        names: The columns of the query's result to report on.
    """
    found = _findings(table, names)
    return (*(_ambiguous(finding) for finding in found if finding.others), *_missing(table, found))


def marks_in(table: Table, names: Sequence[str]) -> list[Mark]:
    """Return the marks of missing values in some columns of the result, the most frequent first."""
    return [mark for finding in _findings(table, names) for mark in _marks(table, finding)]


def _findings(table: Table, names: Sequence[str]) -> list[Finding]:
    """Return the findings on the source columns of some result columns."""
    if not table.findings:
        return []
    return [finding for name in dict.fromkeys(names) if (finding := table.finding(name))]


def _ambiguous(finding: Finding) -> str:
    column, others = finding.column, " and ".join(map(repr, finding.others))
    return (
        f"The values of the column {column.name!r} fit {column.format!r} and {others}: read as {column.format!r}, "
        f"because {finding.reason}; "
        f"[data.formats] {_key(column.name)} = {_key(finding.others[0], always=True)} overrides it."
    )


def _missing(table: Table, found: Sequence[Finding]) -> list[str]:
    sentences = []
    for finding in found:
        marks = _marks(table, finding)
        if marks:
            named = ", ".join(f"{shorten(mark.text)!r} ({mark.count:,})" for mark in marks[:_NAMED])
            more = f" and {len(marks) - _NAMED} more" if len(marks) > _NAMED else ""
            total = sum(mark.count for mark in marks)
            values = "value" if total == 1 else "values"
            sentences.append(
                f"{total:,} {values} of the column {finding.column.name!r} read as missing: {named}{more}."
            )
    return sentences


def _marks(table: Table, finding: Finding) -> list[Mark]:
    if not finding.marked_missing:
        return []
    name = finding.column.name
    rest = f"WHERE {is_mark(finding.column, quoted(name))} GROUP BY ALL ORDER BY 2 DESC, 1"
    return [Mark(name, str(text), int(count)) for text, count in table.texts(f"{quoted(name)}, count(*)", name, rest)]


def _key(text: str, *, always: bool = False) -> str:
    """Return a text as a TOML key, with quotes only if it needs them, or as a string."""
    is_bare = text.isascii() and text.replace("_", "").replace("-", "").isalnum() and not always
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return text if is_bare else f'"{escaped}"'
