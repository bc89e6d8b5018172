"""What `init` finds in addition to roles: personal data, protected attributes, leakage, probable label errors."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from penstock.core.features import Task
from penstock.proposal.label_errors import FILE, LabelErrors
from penstock.proposal.personal import Personal
from penstock.proposal.protected import Protected, fairness_lines, section_words
from penstock.proposal.suspects import Suspect
from penstock.tables.table import Table

_MOST_SHOWN = 8
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Checks:
    """What was found, each in the order of the table.

    Attributes:
        personal: The columns with personal data.
        protected: The columns that may be protected attributes.
        suspects: The columns that may leak the label.
        label_errors: The rows whose label is probably wrong; None if too few rows could be checked.
        task: The task.
        weighted: Whether rows have weights.
    """

    personal: tuple[Personal, ...] = ()
    protected: tuple[Protected, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    label_errors: LabelErrors | None = None
    task: Task = "binary"
    weighted: bool = False

    def warnings(self) -> Iterator[str]:
        """Yield a sentence for each finding, up to some of each kind."""
        section = section_words(self.protected, self.task, weighted=self.weighted)
        for found in (
            [each.words for each in self.personal],
            [each.words(section) for each in self.protected],
            [each.words for each in self.suspects],
        ):
            yield from found[:_MOST_SHOWN]
            if len(found) > _MOST_SHOWN:
                yield f"and {len(found) - _MOST_SHOWN} more columns like the last: --json lists all."
        if self.label_errors and self.label_errors.errors:
            wrong, checked = len(self.label_errors.errors), self.label_errors.checked
            yield (
                f"{wrong:,} of {checked:,} checked rows ({wrong / checked:.1%}) probably have a wrong label: {FILE} "
                "lists them. No row was changed."
            )

    def fairness(self) -> list[str]:
        """Return the section `[fairness]` to propose as a comment; none where it would be refused."""
        return fairness_lines(self.protected, self.task, weighted=self.weighted)


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
