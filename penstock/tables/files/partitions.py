"""Partitioned tables, with folders named `key=value` as Hive, Spark and DuckDB write them: each key is a column."""

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

# With more values, evaluating the expression costs more than the skipped files save.
_MAX_VALUES = 1000
MISSING = "__HIVE_DEFAULT_PARTITION__"


def is_key(name: str) -> bool:
    """Say whether the name of a folder is `key=value`."""
    key, _, value = name.partition("=")
    return bool(key and value) and "=" not in value


def keys_of(root: Path, paths: Sequence[Path]) -> tuple[str, ...]:
    """Return the partition keys between a folder and its files, in the order of the first file.

    Raises:
        DataError: There is no key, files have different keys, or a path has one key twice.
    """
    first = [key for key, _ in partition_values(paths[0].relative_to(root).parent)]
    for path in paths:
        keys = [key for key, _ in partition_values(path.relative_to(root).parent)]
        if not keys:
            remedy = "move the file, or leave data.partitions out"
            raise DataError(str(path), f"folders key=value below {root}, as data.partitions says", "none", remedy)
        if sorted(keys) != sorted(first):
            remedy = "give every file the same keys"
            raise DataError(str(path), f"the keys {_listed(first)} of {paths[0]}", _listed(keys), remedy)
        names = [key.lower() for key, _ in partition_values(path.absolute().parent)]
        twice = next((key for key in keys if names.count(key.lower()) > 1), None)
        if twice:
            raise DataError(str(path), f"the key {twice!r} once in the path", "more than once", "rename a folder")
    return tuple(first)


def partition_values(folder: Path) -> list[tuple[str, str | None]]:
    """Return the keys and values of the names `key=value` in a path; None is a missing value.

    Raises:
        DataError: A name with an equals sign is not `key=value`.
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
    """Raise a DataError if a partition key is also a column of the files."""
    names = {column.lower(): column for column in columns}
    for name in paths[0].absolute().parent.parts:
        key = name.partition("=")[0]
        if is_key(name) and key.lower() in names:
            received = f"the folder {name} and the column {names[key.lower()]!r} of {paths[0]}"
            raise DataError(
                f"the key {key!r}", "a name that no column has", received, "rename the folder or the column"
            )


def key_expressions(
    paths: Sequence[Path], keys: Sequence[str], interpretation: Interpretation, connection: "duckdb.DuckDBPyConnection"
) -> dict[str, str]:
    """Return SQL of constants for the values of each key, with which DuckDB can skip files by a condition on the key.

    Args:
        paths: The files.
        keys: Their partition keys.
        interpretation: How columns are read, including the keys.
        connection: The connection that converts the values.
    """
    found = {}
    for key in keys:
        column = interpretation.column(key)
        if column is None or (column.format == TEXT and not column.missing):
            continue
        values = sorted(
            {value for path in paths for name, value in partition_values(path.parent) if name == key and value}
        )
        if len(values) <= _MAX_VALUES:
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
    """Return a query for rows with all keys of a path as columns that puts the requested keys last, as text.

    Args:
        rows: A query whose columns are those of the files and, as text, the key of each folder above them.
        keys: The requested keys.
        path: One of the files.
    """
    given = ", ".join(quoted(key) for key, _ in partition_values(path.absolute().parent))
    values = ", ".join(f"nullif({quoted(key)}, {literal(MISSING)}) AS {quoted(key)}" for key in keys)
    return f"SELECT * EXCLUDE ({given}), {values} FROM ({rows})"


def partition_folder(folder: Path, path: Path) -> Path:
    """Return the folder for a copy of a file, with the same partition keys in its path."""
    return folder.joinpath(*(name for name in path.absolute().parent.parts if is_key(name)))


def _listed(keys: Sequence[str]) -> str:
    return ", ".join(keys) or "none"
