"""The SQL that reads the files of a source: dialect, header and types, the same for every file."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipeline.errors import DataError
from tables import faults
from tables.compression import check_whole, compression_of
from tables.date_formats import common_formats
from tables.empty_columns import types_where_filled
from tables.files import Files
from tables.sql import literal, path_literal, paths_literal


def reading(files: Files, connection: duckdb.DuckDBPyConnection, places: Sequence[Path] = ()) -> str:
    """Return a query for all rows of the files, with the types that hold for every row.

    Args:
        files: The files, as errors name them.
        connection: Where the query will run.
        places: What to read in place of each delimited file.
    """
    read = places or files.paths
    for path in files.paths:
        check_whole(path)
    delimiter = delimiter_of(files)
    if delimiter is None:
        _same_columns(files, [_parquet_columns(path, connection) for path in files.paths])
        # By name, the types are those that hold for every file; else the first file's are forced upon the others.
        return f"SELECT * FROM read_parquet({paths_literal(read)}, union_by_name = true)"
    headers = [faults.header_of(path, delimiter) for path in files.paths]
    _check_header(files, headers[0])
    _same_columns(files, headers)
    types = _types(_whole(read, delimiter), connection)
    filled = _filled(read, delimiter, types, connection)
    if has_dates(types.values()):
        return _dated(files, read, types, filled, connection)
    return delimited(read, delimiter, types | filled)


def _filled(
    read: Sequence[Path], delimiter: str, types: Mapping[str, str], connection: duckdb.DuckDBPyConnection
) -> dict[str, str]:
    """Return the types of columns that would be text for want of a value in one of the files."""

    def types_of(path: Path) -> dict[str, str]:
        return _types(_whole([path], delimiter), connection)

    def text_of(path: Path) -> str:
        return as_text([path], delimiter)

    names = [name for name, kind in types.items() if kind == "VARCHAR"]
    return types_where_filled(read, names, types_of, text_of, connection)


def _dated(
    files: Files,
    read: Sequence[Path],
    types: Mapping[str, str],
    filled: Mapping[str, str],
    connection: duckdb.DuckDBPyConnection,
) -> str:
    """Return a query for the rows of files with dates, whose format is told by whole files only."""
    delimiter = delimiter_of(files) or ","
    if len(read) == 1:
        return _whole(read, delimiter)

    def sniff(path: Path) -> Any:
        place = f"{path_literal(path)}, {_options([path], delimiter)}, sample_size = -1"
        return connection.execute(f"SELECT DateFormat, TimestampFormat, Columns FROM sniff_csv({place})").fetchone()

    def describe(options: Mapping[str, str]) -> dict[str, str]:
        return _types(_whole(read, delimiter, options, filled), connection)

    return _whole(read, delimiter, common_formats(files, read, types, sniff, describe), filled)


def _whole(
    paths: Sequence[Path],
    delimiter: str,
    options: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
) -> str:
    """Return a query for all rows of delimited files, whose types all of the rows tell but where they are given."""
    further = "".join(f", {name} = {literal(value)}" for name, value in (options or {}).items())
    known = f", types = {_struct(types)}" if types else ""
    return f"SELECT * FROM read_csv({_dialect(paths, delimiter)}, sample_size = -1{further}{known})"


def _types(query: str, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return {str(name): str(kind) for name, kind, *_ in connection.execute(f"DESCRIBE {query}").fetchall()}


def delimited(paths: Sequence[Path], delimiter: str, types: Mapping[str, str]) -> str:
    """Return a query for all rows of delimited files whose columns have known types, none of them dates or times."""
    return f"SELECT * FROM read_csv({_dialect(paths, delimiter)}, sample_size = 1, types = {_struct(types)})"


def as_text(paths: Sequence[Path], delimiter: str) -> str:
    """Return a query for all rows of delimited files, every value as it is written."""
    return f"SELECT * FROM read_csv({_dialect(paths, delimiter)}, all_varchar = true)"


def _struct(types: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{literal(name)}: {literal(kind)}' for name, kind in types.items())}}}"


def has_dates(types: Iterable[str]) -> bool:
    """Say whether one of the types is a date or a time."""
    return any(kind.startswith(("DATE", "TIME")) for kind in types)


def _dialect(paths: Sequence[Path], delimiter: str) -> str:
    return f"{paths_literal(paths)}, {_options(paths, delimiter)}, union_by_name = true"


def _options(paths: Sequence[Path], delimiter: str) -> str:
    packed = {compression_of(path) or "none" for path in paths}
    # Told by name where it is one for all, because DuckDB tells it by an ending in lower case only.
    compression = packed.pop() if len(packed) == 1 else "auto"
    return (
        f"compression = {literal(compression)}, delim = {literal(delimiter)}, "
        "quote = '\"', escape = '\"', comment = '', header = true, skip = 0, strict_mode = true"
    )


def delimiter_of(files: Files) -> str | None:
    """Return what separates the values of a delimited source, None where it is not delimited."""
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
            faults.shorten(", ".join(header)) or "an empty line",
            "put the columns' names into the first line",
        )


def _same_columns(files: Files, headers: list[list[str]]) -> None:
    # DuckDB matches columns by name, yet drops without a word a column that the first file lacks.
    first = set(headers[0])
    for path, header in zip(files.paths, headers, strict=True):
        for name in [*header, *headers[0]]:
            if (name in first) != (name in header):
                received = "none in this file" if name in first else f"{name!r} besides"
                expected = f"the columns of {files.paths[0].name}" if name not in first else f"the column {name!r}"
                raise DataError(str(path), expected, received, "give every file the same columns")


def _parquet_columns(path: Path, connection: duckdb.DuckDBPyConnection) -> list[str]:
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({path_literal(path)})").fetchall()
    except duckdb.Error as error:
        if scarce := faults.out_of_memory(error):
            raise scarce from error
        said = faults.engine_sentence(error)
        raise DataError(str(path), "a Parquet file", said, "write the file again") from error
    return [str(name) for name, *_ in described]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
