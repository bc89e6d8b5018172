"""A column in a file, and how it is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.tables.input import Input
from penstock.tables.source import open_table
from penstock.tables.values.inference import Finding


@dataclass(frozen=True)
class Read:
    """A column that was read: the format, the values and the finding."""

    format: str
    values: list[Any]
    finding: Finding


def write_columns(path: Path, columns: dict[str, Sequence[str]]) -> Path:
    """Write columns of text as CSV with every value in quotes."""
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    lines = (",".join('"' + value.replace('"', '""') + '"' for value in row) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    return path


def read_columns(path: Path, columns: dict[str, Sequence[str]], **options: Any) -> dict[str, Read]:
    """Write columns, open the file, and return what each is read as."""
    with open_table(Input(str(write_columns(path / "rows.csv", columns)), **options)) as table:
        rows = [row for batch in table.batches() for row in batch.to_pylist()]
        return {
            finding.column.name: Read(finding.column.format, [row[finding.column.name] for row in rows], finding)
            for finding in table.findings
        }


def read_column(path: Path, values: Sequence[str], role: str | None = None, **options: Any) -> Read:
    """Return what a column `a` is read as, next to one of text."""
    roles = {"a": role} if role else None
    return read_columns(path, {"a": values, "b": ["x"] * len(values)}, roles=roles, **options)["a"]
