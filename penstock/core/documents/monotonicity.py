"""The document of the probes of a served model with monotonic constraints."""

from typing import ClassVar

from penstock.core.documents.document import Document, Part

# The probes of all columns together, and those of each.
PROBES, OF_EACH = 100_000, 10_000


class Probed(Part):
    """The probes of a column: pairs of a row with neighbouring values.

    Attributes:
        column: The column.
        direction: `increasing` or `decreasing`.
        rows: The number of rows; None in a document of an earlier version.
        probes: The number of pairs.
        violations: The number of pairs in which the prediction moved in the other direction.
        largest: The largest such movement.
        between: The values of the largest one; None without a violation.
        row: The position of its row in eval.
    """

    column: str
    direction: str
    rows: int | None = None
    probes: int
    violations: int
    largest: float
    between: tuple[float, float] | None = None
    row: int | None = None

    @property
    def is_few(self) -> bool:
        """Whether there are fewer probes than a column should have: it has few values, or `eval` few rows."""
        return self.probes < OF_EACH


class Monotonicity(Document):
    """The probes of each column with a constraint, and the number of rows of `eval`."""

    FILE: ClassVar[str] = "monotonicity.json"
    TITLE: ClassVar[str] = "the probes of monotonic constraints"

    rows: int
    columns: tuple[Probed, ...]

    @property
    def probes(self) -> int:
        """The probes of all columns."""
        return sum(each.probes for each in self.columns)

    @property
    def violations(self) -> int:
        """The violations of all columns."""
        return sum(each.violations for each in self.columns)
