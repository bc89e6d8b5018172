"""Which part of a list is wanted, by which conditions and in which order."""

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from penstock.registry.documents import UNSTORABLE
from penstock.registry.errors import Invalid

MOST = 1_000
# PostgreSQL's index refuses longer keys; a longer text is cut, and its digest added.
_LONGEST = 200

Sign = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True)
class Slice:
    """Which part of a list is wanted.

    Attributes:
        limit: The most rows, up to 1,000.
        after: Where the part before ended; None for the first.
        archived: Whether archived rows are in the list.
        newest: Whether the newest rows come first.
    """

    limit: int = 100
    after: str | None = None
    archived: bool = False
    newest: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MOST:
            raise Invalid("limit", f"1 to {MOST}", str(self.limit), "ask for the next part with `after`")

    @property
    def after_id(self) -> int:
        """The id after which the part begins.

        Raises:
            Invalid: `after` is no id.
        """
        if self.after is None:
            return 0
        if not (self.after.isascii() and self.after.isdecimal() and len(self.after) < 19):
            raise Invalid("after", "the value that the last answer gave", repr(self.after), "begin without it")
        return int(self.after)


@dataclass(frozen=True)
class Condition:
    """A condition on a metric or a setting: those that have no such value do not fulfil it."""

    kind: Literal["metric", "setting"]
    name: str
    sign: Sign
    value: str

    def __post_init__(self) -> None:
        if self.sign not in ("=", "!=") and self.number is None:
            expected, next_step = f"a number after {self.sign}", "compare a text with = or !="
            raise Invalid(f"the condition {self}", expected, repr(self.value), next_step)

    @property
    def number(self) -> float | None:
        """The value as a number; None if it is none."""
        try:
            return float(self.value) if re.search("[0-9]", self.value) else None
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}{self.sign}{self.value}"


@dataclass(frozen=True)
class Order:
    """The order of a list of experiments, by a metric or a setting; those without it come last."""

    kind: Literal["metric", "setting"]
    name: str
    descending: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.descending else ''}{self.kind}.{self.name}"


def stored_key(text: str) -> str:
    """Return a text as an index stores it: cut and escaped where that cannot, and then with its digest."""
    if len(text) <= _LONGEST and not UNSTORABLE.search(text):
        return text
    shown = text[: _LONGEST // 10].encode("unicode_escape").decode()
    return f"{shown} {hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
