"""A target, the measured value, and their row in a table."""

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = ("Target", "Rows", "Threshold", "Measured", "")


@dataclass(frozen=True)
class Verdict:
    """One target at one size.

    Attributes:
        target: Description of the target.
        rows: The size; None if it has none.
        value: The measured value; None if nothing was measured.
        bound: The threshold.
        is_least: Whether the threshold is a minimum; otherwise it is a maximum.
        digits: How many decimals of the measured value are shown; by default as many as are significant.
    """

    target: str
    rows: int | None
    value: float | None
    bound: float
    is_least: bool = False
    digits: int | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if nothing was measured."""
        if self.value is None:
            return None
        return self.value >= self.bound if self.is_least else self.value <= self.bound

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the page's table, with the columns HEAD."""
        said = {True: "met", False: "not met", None: "not measured"}[self.met]
        rows = f"{self.rows:,}" if self.rows else ""
        value = "" if self.value is None else figure(self.value, self.digits)
        return self.target, rows, f"{'≥' if self.is_least else '≤'} {self.bound:g}", value, said


def print_verdicts(verdicts: Iterable[Verdict]) -> int:
    """Print the targets; return how many are missed."""
    found = list(verdicts)
    for verdict in found:
        target, *rest = (cell.replace("`", "") for cell in verdict.cells)
        print(target.ljust(60), *(cell.rjust(10) for cell in rest))
    return sum(verdict.met is False for verdict in found)


def figure(value: float, digits: int | None = None) -> str:
    """Return a number with so many decimals, or as many as are significant."""
    if digits is None:
        size = abs(value)
        digits = 3 if size < 1 else 2 if size < 10 else 1
    return f"{value:.{digits}f}"
