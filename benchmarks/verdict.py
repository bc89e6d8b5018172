"""A target with what was measured, and how it is told."""

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = ("Target", "Rows", "Asked", "Measured", "")


@dataclass(frozen=True)
class Verdict:
    """One target at one size.

    Attributes:
        target: What is asked, in words.
        rows: The size; None where it has none.
        value: What was measured; None where nothing was.
        bound: What is asked.
        is_least: Whether the bound is the least that is asked; else the most that is allowed.
        digits: How many of what was measured are told after the point; by default as many as mean something.
    """

    target: str
    rows: int | None
    value: float | None
    bound: float
    is_least: bool = False
    digits: int | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where nothing was measured."""
        if self.value is None:
            return None
        return self.value >= self.bound if self.is_least else self.value <= self.bound

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the page's table, whose head is HEAD."""
        said = {True: "met", False: "not met", None: "not measured"}[self.met]
        rows = f"{self.rows:,}" if self.rows else ""
        value = "" if self.value is None else figure(self.value, self.digits)
        return self.target, rows, f"{'≥' if self.is_least else '≤'} {self.bound:g}", value, said


def tell(verdicts: Iterable[Verdict]) -> int:
    """Print the targets; return how many are missed."""
    found = list(verdicts)
    for verdict in found:
        target, *rest = (cell.replace("`", "") for cell in verdict.cells)
        print(target.ljust(60), *(cell.rjust(10) for cell in rest))
    return sum(verdict.met is False for verdict in found)


def figure(value: float, digits: int | None = None) -> str:
    """Return a number with so many digits after the point, or as many as mean something."""
    if digits is None:
        size = abs(value)
        digits = 3 if size < 1 else 2 if size < 10 else 1
    return f"{value:.{digits}f}"
