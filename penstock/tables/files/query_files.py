"""Further files that a query over a source reads: their content is part of the identity of the rows."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.core.errors import DataError

if TYPE_CHECKING:
    import duckdb

_READERS = frozenset(
    ("read_csv", "read_csv_auto", "read_parquet", "parquet_scan", "read_json", "read_json_auto")
    + ("read_json_objects", "read_ndjson", "read_ndjson_auto", "read_ndjson_objects", "read_text", "read_blob")
)
_WITHOUT_FILES = frozenset(("range", "generate_series", "unnest", "repeat", "repeat_row"))
_MAGIC = set("*?[")
# A query names a file by a string, or by identifiers, quoted or not, joined by dots. Functions, comments and other
# forms of quoting need DuckDB's parser.
_TEXT, _NAME = r"'(?:[^']|'')*'", r'(?:"(?:[^"]|"")*"|\w+)'
_NAMED = re.compile(rf"{_TEXT}|{_NAME}(?:\s*\.\s*{_NAME})*")
_PARTS = re.compile(rf"{_TEXT}|{_NAME}")
_HIDDEN = re.compile(r"--|/\*|\$|\be'|(read|scan|glob|query|sniff|parquet)\w*\s*\(", re.IGNORECASE)


def query_files(query: str) -> tuple[Path, ...]:
    """Return the files that a query names, sorted; DuckDB reports errors in the query, and missing files.

    Raises:
        DataError: The query reads a file whose name is computed, so that its content cannot be hashed.
    """
    if not _may_name_files(query):
        return ()
    import duckdb  # imported here, because most commands do not need it

    with duckdb.connect() as connection:
        [(serialized,)] = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchall()
        parts = list(_parts(json.loads(serialized)))
        known = {"source"} | {entry["key"].lower() for part in parts for entry in part.get("map", ()) if "key" in entry}
        names = [name for part in parts for name in (*_table(part), *_read(part)) if name.lower() not in known]
        found = {path for name in names for path in _matches(name, connection)}
    return tuple(sorted(found))


def _may_name_files(query: str) -> bool:
    """Say whether the query may read a file, without parsing it."""
    names = (".".join(map(_unquoted, _PARTS.findall(found))) for found in _NAMED.findall(query))
    return bool(_HIDDEN.search(query)) or any(_MAGIC & set(name) or os.path.isfile(name) for name in names)


def _unquoted(part: str) -> str:
    return part[1:-1].replace(part[0] * 2, part[0]) if part[0] in "'\"" else part


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a parsed query."""
    if isinstance(tree, dict):
        yield tree
    for branch in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _parts(branch)


def _table(part: dict[str, Any]) -> list[str]:
    if part.get("type") != "BASE_TABLE":
        return []
    # An identifier such as `zips.csv` is parsed as the table `csv` of the schema `zips`.
    return [".".join(filter(None, (part["catalog_name"], part["schema_name"], part["table_name"])))]


def _read(part: dict[str, Any]) -> list[str]:
    """Return the file names that a table function reads."""
    if part.get("type") != "TABLE_FUNCTION":
        return []
    name = part["function"]["function_name"].lower()
    if name in _WITHOUT_FILES:
        return []
    first: dict[str, Any] = next(iter(part["function"]["children"]), {})
    given = first.get("children", []) if first.get("function_name") == "list_value" else [first]
    texts = [each.get("value", {}).get("value") for each in given if each.get("type") == "VALUE_CONSTANT"]
    if name not in _READERS or not texts or len(texts) < len(given) or not all(isinstance(text, str) for text in texts):
        expected = "the table `source`, and files whose names are strings in the query"
        raise DataError("data.query", expected, f"the function {name}", "name files by strings, as read_csv('FILE')")
    return texts


def _matches(name: str, connection: "duckdb.DuckDBPyConnection") -> list[Path]:
    if not _MAGIC & set(name):
        return [Path(name)] if os.path.isfile(name) else []
    return [Path(path) for (path,) in connection.execute("SELECT file FROM glob(?)", [name]).fetchall()]
