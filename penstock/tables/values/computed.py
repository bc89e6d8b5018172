"""The expressions of a query that compute a value from one row: serving computes the same from rows to score.

An expression is stored as SQL in which `penstock_column_0` and so on are placeholders of the columns that it needs.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from penstock.tables.values.interpretation import Result

PLACEHOLDER = "penstock_column_{}"
_PLAIN = ("CONSTANT", "COLUMN_REF", "FUNCTION", "OPERATOR", "COMPARISON", "CONJUNCTION", "CAST", "CASE", "BETWEEN")
_EMPTY = ("group_expressions", "group_sets", "having", "sample", "qualify", "where_subquery")


@dataclass(frozen=True)
class Expression:
    """The expression of a column of a query's result.

    Attributes:
        sql: The expression.
        needs: The columns of the source for its placeholders, in order.
    """

    sql: str
    needs: tuple[str, ...]


def computed_columns(
    query: str | None, source: Sequence[str], connection: duckdb.DuckDBPyConnection
) -> dict[str, Expression]:
    """Return the columns that a query computes from one row, by name, without those that it does not.

    Args:
        query: A query over `source`; None for all rows and columns.
        source: The columns of the source.
        connection: The connection that parses queries.
    """
    if query is None:
        return {}
    [(text,)] = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchall()
    parsed = json.loads(text)
    statements = parsed.get("statements") or [{}]
    node = statements[0].get("node", {})
    if not _is_plain(node):
        return {}
    stable = _stable(connection)
    found = {}
    for name, tree in _named(node):
        needs: list[str] = []
        if _insert_placeholders(tree, source, stable, needs):
            found[name] = Expression(_sql(parsed, tree, connection), tuple(needs))
    return found


def result_column(
    name: str, kind: str, origins: Mapping[str, str | None], computed: Mapping[str, Expression]
) -> Result:
    """Return a column of a query's result with its source column, or its expression if that is known.

    Args:
        name: Its name.
        kind: Its type.
        origins: The source columns of the unchanged columns.
        computed: The columns that it computes from one row.
    """
    if origins.get(name) is not None or name not in computed:
        return Result(name, kind, origins.get(name))
    return Result(name, kind, None, computed[name].sql, computed[name].needs)


def _is_plain(node: Mapping[str, Any]) -> bool:
    """Say whether a query is one SELECT over the source without aggregation."""
    table = node.get("from_table", {})
    return (
        node.get("type") == "SELECT_NODE"
        and table.get("type") == "BASE_TABLE"
        and table.get("table_name", "").lower() == "source"
        and not table.get("column_name_alias")
        and not node["cte_map"]["map"]
        and not any(node.get(part) for part in _EMPTY)
    )


def _named(node: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the expressions of a SELECT with the names of their columns."""
    for part in node["select_list"]:
        if part["class"] == "STAR":
            yield from ((entry["key"], entry["value"]) for entry in part["replace_list"])
        elif part["class"] != "COLUMN_REF" and part["alias"]:
            yield part["alias"], part


def _stable(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the deterministic functions of single values."""
    query = "SELECT function_name FROM duckdb_functions() WHERE function_type {} AND {}"
    known = connection.execute(query.format("IN ('scalar', 'macro')", "true")).fetchall()
    nondeterministic = connection.execute(query.format("= 'scalar'", "stability <> 'CONSISTENT'")).fetchall()
    grouped = connection.execute(query.format("= 'aggregate'", "true")).fetchall()
    return {name for (name,) in known} - {name for (name,) in (*nondeterministic, *grouped)}


def _insert_placeholders(tree: Any, source: Sequence[str], stable: set[str], needs: list[str]) -> bool:
    """Replace the columns of an expression by placeholders; say whether it computes a value from one row."""
    if isinstance(tree, list):
        return all(_insert_placeholders(branch, source, stable, needs) for branch in tree)
    if not isinstance(tree, dict):
        return True
    if tree.get("class") == "COLUMN_REF":
        return _insert_placeholder(tree, source, needs)
    if "class" in tree and tree["class"] not in _PLAIN:
        return False
    if tree.get("class") == "FUNCTION" and tree["function_name"].lower() not in stable:
        return False
    return all(_insert_placeholders(branch, source, stable, needs) for branch in tree.values())


def _insert_placeholder(column: dict[str, Any], source: Sequence[str], needs: list[str]) -> bool:
    *qualifier, name = column["column_names"]
    known = next((each for each in source if each.lower() == name.lower()), None)
    if known is None or (qualifier and [part.lower() for part in qualifier] != ["source"]):
        return False
    if known not in needs:
        needs.append(known)
    column["column_names"] = [PLACEHOLDER.format(needs.index(known))]
    return True


def _sql(parsed: Mapping[str, Any], tree: dict[str, Any], connection: duckdb.DuckDBPyConnection) -> str:
    """Return the SQL of an expression."""
    node = {**parsed["statements"][0]["node"], "select_list": [{**tree, "alias": ""}], "where_clause": None}
    node |= {"from_table": {**_NOTHING}, "modifiers": []}
    whole = json.dumps({**parsed, "statements": [{**parsed["statements"][0], "node": node}]})
    [(text,)] = connection.execute("SELECT json_deserialize_sql(?::JSON)", [whole]).fetchall()
    return str(text).removeprefix("SELECT ")


_NOTHING = {"type": "EMPTY", "alias": "", "sample": None}


def substituted(expression: Expression, values: Sequence[str]) -> str:
    """Return the SQL of an expression, with SQL for the values of its columns in place of the placeholders."""
    sql = expression.sql
    for place in reversed(range(len(values))):
        sql = sql.replace(PLACEHOLDER.format(place), f"({values[place]})")
    return f"({sql})"
