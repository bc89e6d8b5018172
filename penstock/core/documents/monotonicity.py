"""The document of the probes of a served model with monotonic constraints."""

from typing import ClassVar

from penstock.core.documents.document import Document, Part


class Probed(Part):
    """The probes of a column: pairs of a row with neighbouring values.

    Attributes:
        column: The column.
        direction: `increasing` or `decreasing`.
        probes: The number of pairs.
        violations: The number of pairs in which the prediction moved in the other direction.
        largest: The largest such movement.
        between: The values of the largest one; None without a violation.
        row: The number of its row among the probed ones.
    """

    column: str
    direction: str
    probes: int
    violations: int
    largest: float
    between: tuple[float, float] | None = None
    row: int | None = None


class Monotonicity(Document):
    """The probes of each column with a constraint, and the number of rows they are from."""

    FILE: ClassVar[str] = "monotonicity.json"
    TITLE: ClassVar[str] = "the probes of monotonic constraints"

    rows: int
    columns: tuple[Probed, ...]
