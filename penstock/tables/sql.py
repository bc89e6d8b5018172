"""SQL identifiers, strings and file lists, quoted."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path


def quoted(name: str) -> str:
    """Return `name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return `text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def unused_prefix(names: Iterable[str]) -> str:
    """Return a prefix that none of some names begins with, ignoring case; it needs no quotes."""
    known = [name.lower() for name in names]
    found = "penstock_"
    while any(name.startswith(found) for name in known):
        found += "_"
    return found


def path_literal(path: Path) -> str:
    """Return a path as an SQL string with escaped wildcards, because DuckDB reads paths as globs."""
    return literal(re.sub(r"[\[*?]", r"[\g<0>]", str(path)))


def paths_literal(paths: Sequence[Path]) -> str:
    """Return paths as an SQL list of strings."""
    return f"[{', '.join(map(path_literal, paths))}]"
