"""Rows of cells as aligned lines of at most 80 columns, without the import time of rich."""

import os
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import accumulate

from penstock.core.text import printable

WIDTH = 80


def columns(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """Return the rows as aligned lines; a line that is too long is cut.

    Args:
        rows: The cells; as many in each row.
        right: Numbers of the columns that are aligned right.
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(cells(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= WIDTH else " "
    lines = [
        gap.join(
            _padded(cell, width, column in right) for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return [clip(line) for line in lines]


def cells(text: str) -> int:
    """Return the width of a text on a terminal: two for a wide character, zero for a combining character."""
    return len(text) if text.isascii() else sum(map(_width, text))


def clip(line: str, width: int = WIDTH) -> str:
    """Return the line, cut to a width in columns."""
    line = printable(line)
    if cells(line) <= width:
        return line
    return line[: bisect_right(list(accumulate(map(_width, line))), width - 1)] + "…"


def moment(seconds: float) -> str:
    """Return a time since 1970 as local date and time."""
    return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M:%S}"


def number(value: float | None) -> str:
    """Return a metric's value, or a dash if it is missing."""
    return "-" if value is None else f"{value:.4f}"


def shortest_path(path: str) -> str:
    """Return an absolute path, or its relative path if that is shorter; other texts are returned unchanged."""
    return min(os.path.relpath(path), path, key=len) if os.path.isabs(path) else path


def _width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else int(not unicodedata.combining(character))


def _padded(cell: str, width: int, right: bool) -> str:
    space = " " * (width - cells(cell))
    return space + cell if right else cell + space
