"""Text in columns: plain lines of at most 80 characters, without waiting for a terminal library to load."""

import os
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import accumulate

from penstock.core.text import printable

WIDTH = 80


def columns(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """Return the rows as aligned lines; the last column is cut where a line would grow too long.

    Args:
        rows: The cells; as many in each row.
        right: Numbers of the columns that are aligned right.
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(cells(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= WIDTH else " "
    lines = [
        gap.join(
            _filled(cell, width, column in right) for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return [clip(line) for line in lines]


def cells(text: str) -> int:
    """Return how many places a text takes on a terminal: two for a wide sign, none for a mark over another."""
    return len(text) if text.isascii() else sum(map(_places, text))


def clip(line: str, width: int = WIDTH) -> str:
    """Return the line, cut to a width."""
    line = printable(line)
    if cells(line) <= width:
        return line
    return line[: bisect_right(list(accumulate(map(_places, line))), width - 1)] + "…"


def moment(seconds: float) -> str:
    """Return a time since 1970 as local date and time."""
    return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M:%S}"


def number(value: float | None) -> str:
    """Return a metric's value, or a dash where it has none."""
    return "-" if value is None else f"{value:.4f}"


def place(path: str) -> str:
    """Return an absolute path as it is shortest to type from here; anything else as it is."""
    return min(os.path.relpath(path), path, key=len) if os.path.isabs(path) else path


def _places(sign: str) -> int:
    return 2 if unicodedata.east_asian_width(sign) in "WF" else int(not unicodedata.combining(sign))


def _filled(cell: str, width: int, to_the_right: bool) -> str:
    space = " " * (width - cells(cell))
    return space + cell if to_the_right else cell + space
