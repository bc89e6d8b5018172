"""The SQL that reads the files of a source: one dialect and header for all files, and the columns' formats."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb

from penstock.core.errors import DataError
from penstock.core.text import shorten
from penstock.tables.files import faults, partitions
from penstock.tables.files.compression import check_codecs, check_complete, compression_of
from penstock.tables.files.find import Files
from penstock.tables.files.undetected_faults import check_undetected_faults
from penstock.tables.sql import literal, path_literal, paths_literal, quoted
from penstock.tables.values.conversion import TYPED, retyped
from penstock.tables.values.interpretation import ColumnFormat, Interpretation


def rows_of(files: Files, connection: duckdb.DuckDBPyConnection, places: Sequence[Path] = ()) -> str:
    """Return a query for all rows of the files: as text if they are delimited, otherwise with their declared types.

    Args:
        files: The files, for messages.
        connection: The connection that will run the query.
        places: The paths to read instead of each delimited file.
    """
    read = places or files.paths
    for path in files.paths:
        check_complete(path)
    delimiter = delimiter_of(files)
    if delimiter is None:
        headers = [_parquet_columns(path, connection) for path in files.paths]
    else:
        headers = [faults.header_of(path, delimiter) for path in files.paths]
        _check_header(files, headers[0])
        for path, header in zip(() if places else files.paths, headers, strict=False):
            check_undetected_faults(path, delimiter, len(header))
    _same_columns(files, headers)
    return scan(files, read)


def scan(files: Files, places: Sequence[Path], *options: str) -> str:
    """Return a query for all rows of some paths, with their partition keys as text.

    Args:
        files: The files of the source.
        places: The paths to read: files, or copies of parts of them.
        options: Further options of DuckDB's reader.
    """
    delimiter = delimiter_of(files)
    if delimiter is not None:
        return as_text(places, delimiter, files)
    # With union_by_name the types fit all files; without it values are cast to the types of the first file.
    listed = ", ".join((paths_literal(places), "union_by_name = true", *options, _hive(files)))
    return _with_keys(f"SELECT * FROM read_parquet({listed})", files)


def types_of(query: str, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the columns of a query with DuckDB's names of their types."""
    return {str(name): str(kind) for name, kind, *_ in connection.execute(f"DESCRIBE {query}").fetchall()}


def interpreted(
    rows: str, declared: Mapping[str, str], interpretation: Interpretation, expressions: Mapping[str, str] | None = None
) -> str:
    """Return a query for rows with each column read as in an interpretation.

    Args:
        rows: A query for the rows.
        declared: The columns of the rows with their types.
        interpretation: How each column is read.
        expressions: SQL for columns that is already known, by column.
    """
    columns = []
    for name, kind in declared.items():
        found = (expressions or {}).get(name) or retyped(
            interpretation.column(name) or ColumnFormat(name, TYPED, kind), kind
        )
        columns.append(found if found == quoted(name) else f"{found} AS {quoted(name)}")
    return f"SELECT {', '.join(columns)} FROM ({rows})"


def as_text(paths: Sequence[Path], delimiter: str, files: Files | None = None) -> str:
    """Return a query for all rows of delimited files, with every value as text.

    Args:
        paths: The files to read.
        delimiter: The delimiter.
        files: The files of the source, if the names of their folders are columns.
    """
    # If there are no rows, DuckDB returns BOOLEAN columns despite all_varchar.
    options = f"{_options(paths, delimiter)}, union_by_name = true, all_varchar = true, {_hive(files)}"
    return _with_keys(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_csv({paths_literal(paths)}, {options})", files)


def _hive(files: Files | None) -> str:
    if files and files.keys:
        return "hive_partitioning = true, hive_types_autocast = false"
    return "hive_partitioning = false"


def _with_keys(rows: str, files: Files | None) -> str:
    return partitions.with_keys(rows, files.keys, files.paths[0]) if files and files.keys else rows


def _options(paths: Sequence[Path], delimiter: str) -> str:
    packed = {compression_of(path) or "none" for path in paths}
    # Set explicitly if it is one for all files, because DuckDB detects it from lower-case extensions only.
    compression = packed.pop() if len(packed) == 1 else "auto"
    return (
        f"compression = {literal(compression)}, delim = {literal(delimiter)}, "
        "quote = '\"', escape = '\"', comment = '', header = true, skip = 0, strict_mode = true"
    )


def delimiter_of(files: Files) -> str | None:
    """Return the delimiter of a delimited source, None if it is not delimited."""
    if files.kind == "Parquet":
        return None
    if files.delimiter:
        return files.delimiter
    if files.kind == "TSV":
        return "\t"
    header = re.sub(r'"[^"]*"', "", faults.first_line(files.paths[0]))
    return max(",;|\t", key=header.count) if header else ","


def _check_header(files: Files, header: list[str]) -> None:
    if not header or all(_is_number(name) or not name for name in header):
        raise DataError(
            f"{files.paths[0]}, line 1",
            "a header with the columns' names",
            shorten(", ".join(header)) or "an empty line",
            "put the columns' names into the first line",
        )


def _same_columns(files: Files, headers: list[list[str]]) -> None:
    if files.keys:
        partitions.check_columns(files.paths, headers[0])
    # DuckDB matches columns by name, but silently drops a column that the first file does not have.
    first = set(headers[0])
    for path, header in zip(files.paths, headers, strict=True):
        for name in [*header, *headers[0]]:
            if (name in first) != (name in header):
                received = "none in this file" if name in first else f"the further column {name!r}"
                expected = f"the columns of {files.paths[0].name}" if name not in first else f"the column {name!r}"
                raise DataError(str(path), expected, received, "give every file the same columns")


def _parquet_columns(path: Path, connection: duckdb.DuckDBPyConnection) -> list[str]:
    try:
        rows = f"read_parquet({path_literal(path)}, hive_partitioning = false)"
        described = connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
        check_codecs(path, connection)
    except duckdb.Error as error:
        if scarce := faults.out_of_memory(error):
            raise scarce from error
        message = faults.engine_message(error)
        raise DataError(str(path), "a Parquet file", message, "write the file again") from error
    return [str(name) for name, *_ in described]


def parquet_names(path: Path) -> list[str]:
    """Return the names of a Parquet file's columns.

    DuckDB reads them, because Arrow constructs the extension types in a file's metadata, which is unsafe for files of
    unknown origin.
    """
    with duckdb.connect() as connection:
        described = connection.execute(
            f"SELECT name, num_children FROM parquet_schema({path_literal(path)})"
        ).fetchall()
    names: list[str] = []
    open_groups: list[int] = []
    for name, children in described[1:]:
        while open_groups and not open_groups[-1]:
            open_groups.pop()
        if open_groups:
            open_groups[-1] -= 1
        else:
            names.append(str(name))
        if children:
            open_groups.append(children)
    return names


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def check_capitals(files: Files, used: Iterable[str] | None = None) -> None:
    """Refuse columns whose names differ in case only: to DuckDB they are equal, and it renames all but the first.

    Args:
        files: The files of a source.
        used: The columns to check; by default all.

    Raises:
        DataError: Two names differ in case only.
    """
    checked = None if used is None else {name.lower() for name in used}
    names = _names(files)
    first: dict[str, int] = {}
    for place, name in enumerate(names):
        other = first.setdefault(name.lower(), place)
        if name and other != place and (checked is None or name.lower() in checked):
            raise DataError(
                f"the columns of {files.source}",
                "names that differ by more than capitals",
                f"{names[other]!r} and {name!r}",
                "rename one",
            )


def _names(files: Files) -> list[str]:
    """Return the names of the columns in the first file."""
    delimiter = delimiter_of(files)
    return faults.header_of(files.paths[0], delimiter) if delimiter else parquet_names(files.paths[0])
