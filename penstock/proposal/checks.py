"""What `init` finds besides roles: personal data, protected attributes, suspects of leakage, probable label errors."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from penstock.proposal.label_errors import FILE, LabelErrors
from penstock.proposal.personal import Personal
from penstock.proposal.protected import Protected, fairness_lines
from penstock.proposal.suspects import Suspect
from penstock.tables.table import Table

_MOST_SHOWN = 8
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Checks:
    """What was found, each in the order of the table; `label_errors` is None if too few rows could be checked."""

    personal: tuple[Personal, ...] = ()
    protected: tuple[Protected, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    label_errors: LabelErrors | None = None

    def warnings(self) -> Iterator[str]:
        """Yield a sentence for each finding, up to some of each kind."""
        for found in (self.personal, self.protected, self.suspects):
            for each in found[:_MOST_SHOWN]:
                yield each.words
            if len(found) > _MOST_SHOWN:
                yield f"and {len(found) - _MOST_SHOWN} more columns like the last: --json lists all."
        if self.label_errors and self.label_errors.errors:
            wrong, checked = len(self.label_errors.errors), self.label_errors.checked
            yield (
                f"{wrong:,} of {checked:,} checked rows ({wrong / checked:.1%}) probably have a wrong label: {FILE} "
                "lists them. No row was changed."
            )

    def fairness(self, task: str) -> list[str]:
        """Return the section `[fairness]` to propose as a comment; none without a protected attribute."""
        return fairness_lines(self.protected, task)


def has_lines(table: Table, rows: int) -> bool:
    """Say whether row n of the table, from 0, is in line n + 2 of its file.

    It is if the table is one delimited file that is not compressed, without a query, with as many lines as rows and a
    header.
    """
    paths = table.files.paths
    if table.query is not None or len(paths) != 1 or paths[0].suffix.lower() not in (".csv", ".tsv"):
        return False
    return not table.is_remote and _lines(paths[0]) == rows + 1


def _lines(file: Path) -> int:
    count, last = 0, b""
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            count, last = count + block.count(b"\n"), block[-1:]
    return count + (last not in (b"\n", b""))
