"""Names, texts and files as SQL writes them."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path


def quoted(name: str) -> str:
    """Return `name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return `text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def unlike(names: Iterable[str]) -> str:
    """Return a name with which none of some names begins, whatever the capitals; it needs no quotes."""
    known = [name.lower() for name in names]
    found = "penstock_"
    while any(name.startswith(found) for name in known):
        found += "_"
    return found


def path_literal(path: Path) -> str:
    """Return a file as an SQL string that names it alone: DuckDB takes a path for a glob."""
    return literal(re.sub(r"[\[*?]", r"[\g<0>]", str(path)))


def paths_literal(paths: Sequence[Path]) -> str:
    """Return files as an SQL list of strings, each of which names one file."""
    return f"[{', '.join(map(path_literal, paths))}]"
