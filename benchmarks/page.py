"""Parts of the pages of all benchmarks: tables, the machine, and the atomic write."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from penstock.core.files import atomic_file


def table(head: Iterable[str], lines: Iterable[Iterable[str]], *, words: Collection[str]) -> str:
    """Return a table in Markdown.

    Args:
        head: The columns' titles.
        lines: The cells of each line.
        words: The titles of columns that hold words; those of figures end at the right.
    """
    titles = list(head)
    rules = ["---" if title in words else "---:" for title in titles]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (titles, rules, *lines))


def machine(facts: dict[str, Any]) -> str:
    """Return the lines that say on what was measured, and when."""
    packages = ", ".join(f"{name} {number}" for name, number in facts["packages"].items())
    return f"""\
- **Machine**: {facts["cpu"]}, {facts["cores"]} cores, {facts["memory_gb"]:g} GB; {facts["system"]}.
- **Versions**: {packages}; Python {facts["python"]}.
- Measured on {facts["date"]}.
"""


def joined(sections: Iterable[str]) -> str:
    """Return the page of sections, empty ones left out."""
    return "\n".join(section.strip("\n") + "\n" for section in sections if section.strip())


def write(text: str, target: Path) -> None:
    """Write a page atomically."""
    with atomic_file(target) as made:
        made.write_text(text, encoding="utf-8")
