"""The origins of a query's columns: which are unchanged columns of the source, according to the parsed query.

The others are computed: rows to score need their values, or the columns of the expression.
"""

import json
from collections.abc import Mapping
from typing import Any

import duckdb

_Columns = dict[str, str | None]


def column_origins(query: str | None, source: Mapping[str, str], connection: duckdb.DuckDBPyConnection) -> _Columns:
    """Return the unchanged columns of a query's result, with their names in the source.

    Args:
        query: A query over `source`; None for all rows and columns.
        source: The columns of the source.
        connection: The connection that parses queries.
    """
    columns: _Columns = {name: name for name in source}
    if query is None:
        return columns
    [(text,)] = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchall()
    statements = json.loads(text).get("statements") or [{}]
    found = _select_origins(statements[0].get("node", {}), columns)
    return {name: origin for name, origin in found.items() if origin is not None}


def _select_origins(node: Mapping[str, Any], source: _Columns) -> _Columns:
    """Return the columns of a SELECT, each with its source column, None if it is computed."""
    if node.get("type") != "SELECT_NODE":
        return {}
    table = node.get("from_table", {})
    inner = _table_origins(table, node, source)
    found: _Columns = {}
    for part in node["select_list"]:
        for name, origin in _item_origins(part, inner, table).items():
            # DuckDB renames the later one of two columns with one name.
            twice = any(name.lower() == known.lower() for known in found)
            found |= {known: None for known in found if known.lower() == name.lower()}
            found[name] = None if twice else origin
    return found


def _item_origins(part: Mapping[str, Any], inner: _Columns, table: Mapping[str, Any]) -> _Columns:
    if part["class"] == "STAR":
        return _star_origins(part, inner)
    if part["class"] != "COLUMN_REF":
        return {part["alias"]: None}
    *qualifier, name = part["column_names"]
    known = next((each for each in inner if each.lower() == name.lower()), name)
    # The qualifier of a name may be a column too, with the name as a field of it.
    is_column = not qualifier or qualifier == [table.get("alias") or table.get("table_name")]
    return {part["alias"] or known: inner.get(known) if is_column else None}


def _table_origins(table: Mapping[str, Any], node: Mapping[str, Any], source: _Columns) -> _Columns:
    common = {entry["key"].lower(): entry["value"] for entry in node["cte_map"]["map"]}
    if "source" in common or table.get("column_name_alias"):
        return {}
    if table.get("type") == "SUBQUERY":
        return _select_origins(table["subquery"]["node"], source)
    if table.get("type") != "BASE_TABLE":
        return {}
    name = table["table_name"].lower()
    if name in common:
        return {} if common[name]["aliases"] else _select_origins(common[name]["query"]["node"], source)
    return source if name == "source" else {}


def _star_origins(star: Mapping[str, Any], inner: _Columns) -> _Columns:
    if star["columns"] or star["expr"]:
        return {}
    left_out = {name.lower() for name in star["exclude_list"]}
    replaced = {entry["key"].lower() for entry in star["replace_list"]}
    renamed = {entry["key"]["column"].lower(): entry["value"] for entry in star.get("rename_list", ())}
    return {
        renamed.get(name.lower(), name): None if name.lower() in replaced else origin
        for name, origin in inner.items()
        if name.lower() not in left_out
    }
