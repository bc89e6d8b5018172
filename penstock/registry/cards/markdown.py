"""Text and tables in Markdown: no value can become markup, and none can leave its line or its cell."""

import re
from collections.abc import Iterable, Sequence

from penstock.core.text import printable

# Each of these can begin markup. An underscore between letters cannot.
_MARKUP = re.compile(r"[\\`*\[\]|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def text(value: object) -> str:
    """Return a value on one line, without markup."""
    flat = " ".join(str(value).split())
    escaped = _MARKUP.sub(lambda found: f"\\{found[0]}", re.sub("[&<>]", lambda found: _ENTITIES[found[0]], flat))
    return printable(escaped)


def table(headings: Sequence[object], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return the lines of a table."""
    lines = [[text(cell) for cell in line] for line in (headings, *rows)]
    lines.insert(1, ["---"] * len(headings))
    return [f"| {' | '.join(line)} |" for line in lines]
