"""Tables whose folders are named `key=value`, as Hive, Spark and DuckDB write them: each key is a column."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from penstock.core.errors import DataError
from penstock.tables.sql import literal, quoted
from penstock.tables.values.conversion import TEXT, read_as
from penstock.tables.values.interpretation import Interpretation

if TYPE_CHECKING:
    import duckdb

# With more values than these, a condition costs more than files that are left out.
_FOLDED = 1000
MISSING = "__HIVE_DEFAULT_PARTITION__"


def is_key(name: str) -> bool:
    """Say whether the name of a folder is `key=value`."""
    key, _, value = name.partition("=")
    return bool(key and value) and "=" not in value


def keys_of(root: Path, paths: Sequence[Path]) -> tuple[str, ...]:
    """Return the keys of the folders between a folder and files, by the first file.

    Raises:
        DataError: There are none, or not all files have the same, or one is there twice.
    """
    first = [key for key, _ in pairs_of(paths[0].relative_to(root).parent)]
    for path in paths:
        keys = [key for key, _ in pairs_of(path.relative_to(root).parent)]
        if not keys:
            remedy = "move the file, or leave data.partitions out"
            raise DataError(str(path), f"folders key=value below {root}, as data.partitions says", "none", remedy)
        if sorted(keys) != sorted(first):
            remedy = "give every file the same keys"
            raise DataError(str(path), f"the keys {_listed(first)} of {paths[0]}", _listed(keys), remedy)
        names = [key.lower() for key, _ in pairs_of(path.absolute().parent)]
        twice = next((key for key in keys if names.count(key.lower()) > 1), None)
        if twice:
            raise DataError(str(path), f"the key {twice!r} once in the path", "more than once", "rename a folder")
    return tuple(first)


def pairs_of(folder: Path) -> list[tuple[str, str | None]]:
    """Return the keys of the names `key=value` in a path, with their values; None stands for a missing one.

    Raises:
        DataError: A name has an equals sign and is none such.
    """
    found = []
    for name in folder.parts:
        if "=" in name:
            if not is_key(name):
                expected = "a folder key=value, with %3D for a further equals sign"
                raise DataError(f"the folder {folder}", expected, repr(name), "rename the folder")
            key, value = name.split("=")
            found.append((key, None if value == MISSING else unquote(value)))
    return found


def check_columns(paths: Sequence[Path], columns: Sequence[str]) -> None:
    """Raise a DataError where a key of a folder is a column of the files too."""
    names = {column.lower(): column for column in columns}
    for name in paths[0].absolute().parent.parts:
        key = name.partition("=")[0]
        if is_key(name) and key.lower() in names:
            received = f"the folder {name} and the column {names[key.lower()]!r} of {paths[0]}"
            raise DataError(
                f"the key {key!r}", "a name that no column has", received, "rename the folder or the column"
            )


def folded(
    paths: Sequence[Path], keys: Sequence[str], how: Interpretation, connection: "duckdb.DuckDBPyConnection"
) -> dict[str, str]:
    """Return keys with SQL for their values made of constants: by a condition on it the engine leaves out files.

    Args:
        paths: The files.
        keys: The keys of their folders.
        how: How columns are read, keys among them.
        connection: Where the values are read.
    """
    found = {}
    for key in keys:
        column = how.column(key)
        if column is None or (column.format == TEXT and not column.missing):
            continue
        values = sorted({value for path in paths for name, value in pairs_of(path.parent) if name == key and value})
        if len(values) <= _FOLDED:
            rows = "(SELECT unnest(?::VARCHAR[]) AS value)"
            read = f"SELECT value, CAST({read_as(column, 'value')} AS VARCHAR) FROM {rows}"
            cases = " ".join(
                f"WHEN {literal(value)} THEN CAST({literal(text)} AS {column.type})"
                for value, text in connection.execute(read, [values]).fetchall()
                if text is not None
            )
            found[key] = f"CASE {quoted(key)} {cases} END" if cases else f"CAST(NULL AS {column.type})"
    return found


def with_keys(rows: str, keys: Sequence[str], path: Path) -> str:
    """Return a query for rows that have all keys of a path as columns, so that those asked for come last, as text.

    Args:
        rows: A query whose columns are those of the files and, as text, the key of each folder above them.
        keys: The keys that are asked for.
        path: One of the files.
    """
    given = ", ".join(quoted(key) for key, _ in pairs_of(path.absolute().parent))
    values = ", ".join(f"nullif({quoted(key)}, {literal(MISSING)}) AS {quoted(key)}" for key in keys)
    return f"SELECT * EXCLUDE ({given}), {values} FROM ({rows})"


def placed(folder: Path, path: Path) -> Path:
    """Return a folder inside another one for a copy of a file: the engine finds the same keys above it."""
    return folder.joinpath(*(name for name in path.absolute().parent.parts if is_key(name)))


def _listed(keys: Sequence[str]) -> str:
    return ", ".join(keys) or "none"
