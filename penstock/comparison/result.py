"""The result of a comparison: a level for each part of two runs, with the largest difference and where it is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

# From the same bytes to what cannot be compared; `absent` is a part that neither run has.
Level = Literal["identical", "equal", "close", "different", "unknown", "absent"]
EQUAL = ("identical", "equal", "close", "absent")
TOLERANCE = 1e-6
# A smaller number counts as one of this size, so that noise around zero is no difference.
_LEAST_SCALE = 1e-3


@dataclass(frozen=True)
class Part:
    """How one part of two runs compares.

    Attributes:
        name: The part, such as `schema`.
        level: `identical` bytes, `equal` content, `close` within the tolerance, `different`, `unknown` if it cannot be
            compared, `absent` if neither run has it.
        words: What was compared, or the largest difference and where it is.
        difference: The largest difference of two numbers, relative to them; None if no number differs.
        details: Further lines.
        counts: Numbers of what differs, by name.
    """

    name: str
    level: Level
    words: str
    difference: float | None = None
    details: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """Two values that differ.

    Attributes:
        place: The names on the way to them.
        one: The first value.
        other: The second value.
        size: The difference of two floats, relative to them; infinite for any other values.
    """

    place: tuple[str, ...]
    one: Any
    other: Any
    size: float = math.inf

    def __str__(self) -> str:
        return f"{', '.join(self.place)}: {shown(self.one)} and {shown(self.other)}"


def relative(one: float, other: float, scale: float = 0.0) -> float:
    """Return the difference of two numbers, relative to the larger of them and a scale; 0 for two NaN.

    Args:
        one: The first number.
        other: The second number.
        scale: The size of such numbers, such as the largest value of a column.
    """
    if one == other or (one != one and other != other):
        return 0.0
    size = abs(one - other) / max(abs(one), abs(other), scale, _LEAST_SCALE)
    return size if math.isfinite(size) else math.inf


def level_of(found: list[Difference], tolerance: float, *, same: Level) -> Level:
    """Return the level for some differences; `same` if there are none."""
    if not found:
        return same
    return "close" if max(each.size for each in found) <= tolerance else "different"


def largest_number(found: list[Difference]) -> float | None:
    """Return the largest difference of two numbers; None if only other values differ, or nothing does."""
    return max((each.size for each in found if math.isfinite(each.size)), default=None)


def shown(value: Any) -> str:
    """Return a value for a message: a number with nine digits, `none` where there is no value."""
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:.9g}"
    text = str(value) if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
