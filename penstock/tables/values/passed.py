"""Which columns of a query's result are columns of the source as they are: the parsed query shows it.

A column that is not is computed: whoever scores rows later has to bring it as the query computes it.
"""

import json
from collections.abc import Mapping
from typing import Any

import duckdb

_Columns = dict[str, str | None]


def passed(query: str | None, source: Mapping[str, str], connection: duckdb.DuckDBPyConnection) -> _Columns:
    """Return the columns that a query takes over from `source`: the name in the result, and in the source.

    Args:
        query: A query over `source`; None for all of it.
        source: The columns of the source.
        connection: Where queries are parsed.
    """
    columns: _Columns = {name: name for name in source}
    if query is None:
        return columns
    [(text,)] = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchall()
    statements = json.loads(text).get("statements") or [{}]
    found = _of_node(statements[0].get("node", {}), columns)
    return {name: origin for name, origin in found.items() if origin is not None}


def _of_node(node: Mapping[str, Any], source: _Columns) -> _Columns:
    """Return the columns of a SELECT, each with the column of the source that it is, None where it is none."""
    if node.get("type") != "SELECT_NODE":
        return {}
    table = node.get("from_table", {})
    below = _of_table(table, node, source)
    found: _Columns = {}
    for part in node["select_list"]:
        for name, origin in _of_part(part, below, table).items():
            # Of two columns with one name the engine renames the later one.
            twice = any(name.lower() == known.lower() for known in found)
            found |= {known: None for known in found if known.lower() == name.lower()}
            found[name] = None if twice else origin
    return found


def _of_part(part: Mapping[str, Any], below: _Columns, table: Mapping[str, Any]) -> _Columns:
    if part["class"] == "STAR":
        return _of_star(part, below)
    if part["class"] != "COLUMN_REF":
        return {part["alias"]: None}
    *qualifier, name = part["column_names"]
    known = next((each for each in below if each.lower() == name.lower()), name)
    # What stands before a point may be a column too, of which the name is a field.
    is_column = not qualifier or qualifier == [table.get("alias") or table.get("table_name")]
    return {part["alias"] or known: below.get(known) if is_column else None}


def _of_table(table: Mapping[str, Any], node: Mapping[str, Any], source: _Columns) -> _Columns:
    common = {entry["key"].lower(): entry["value"] for entry in node["cte_map"]["map"]}
    if "source" in common or table.get("column_name_alias"):
        return {}
    if table.get("type") == "SUBQUERY":
        return _of_node(table["subquery"]["node"], source)
    if table.get("type") != "BASE_TABLE":
        return {}
    name = table["table_name"].lower()
    if name in common:
        return {} if common[name]["aliases"] else _of_node(common[name]["query"]["node"], source)
    return source if name == "source" else {}


def _of_star(star: Mapping[str, Any], below: _Columns) -> _Columns:
    if star["columns"] or star["expr"]:
        return {}
    left_out = {name.lower() for name in star["exclude_list"]}
    replaced = {entry["key"].lower() for entry in star["replace_list"]}
    renamed = {entry["key"]["column"].lower(): entry["value"] for entry in star.get("rename_list", ())}
    return {
        renamed.get(name.lower(), name): None if name.lower() in replaced else origin
        for name, origin in below.items()
        if name.lower() not in left_out
    }
