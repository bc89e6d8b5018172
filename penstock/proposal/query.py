"""The proposed query: it converts the label, and drops unusable columns and rows without a label."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from penstock.core.urls import scheme_of
from penstock.proposal.profile import LabelProfile
from penstock.tables.input import Input
from penstock.tables.sql import literal, quoted

_INTEGER = {"mysql": "SIGNED", "bigquery": "INT64"}
_NUMBER = {"mysql": "DOUBLE", "postgresql": "DOUBLE PRECISION", "sqlite": "REAL", "bigquery": "FLOAT64"}


@dataclass(frozen=True)
class QueryChanges:
    """The changes that a query makes to the table.

    Attributes:
        label: The label's column.
        positive: The value of the positive class, if the label is compared with one; several as a tuple.
        cast: DuckDB's type that the label is converted to, if any.
        dropped: Columns to leave out.
    """

    label: LabelProfile
    positive: Any = None
    cast: str = ""
    dropped: Sequence[str] = ()

    @property
    def drops_rows(self) -> bool:
        """Whether rows without a label are dropped."""
        return bool(self.label.missing or self.label.infinite)


def query_for(changes: QueryChanges, source: Input, columns: Sequence[str]) -> str | None:
    """Return the query for the configuration, or the user's query if there are no changes."""
    if not (changes.positive is not None or changes.cast or changes.dropped or changes.drops_rows):
        return source.query
    return _database_query(changes, source, columns) if source.is_remote else _duckdb_query(changes, source)


def _duckdb_query(changes: QueryChanges, source: Input) -> str:
    name = quoted(changes.label.name)
    replaced = []
    if changes.positive is not None:
        replaced.append(f"{name} {_equals(changes.positive)} AS {name}")
    if changes.cast:
        # DuckDB may evaluate the conversion before the filter, for a mark that is not a number.
        function = "TRY_CAST" if changes.label.marks else "CAST"
        replaced.append(f"{function}({name} AS {changes.cast}) AS {name}")
    lines = ["SELECT *"]
    if changes.dropped:
        lines.append(f"  EXCLUDE ({', '.join(map(quoted, changes.dropped))})")
    if replaced:
        lines.append("  REPLACE (\n    " + ",\n    ".join(replaced) + "\n  )")
    lines.append(f"FROM {_inner(source.query)}")
    if changes.drops_rows:
        lines.append(f"WHERE {_condition(changes.label, name)}")
    return "\n".join(lines)


def _condition(label: LabelProfile, name: str) -> str:
    if label.kind == "number":
        if label.infinite:
            return f"abs({name}) < 3.4e38"
        nan = f" AND NOT isnan({name})" if label.type in ("FLOAT", "DOUBLE") else ""
        return f"{name} IS NOT NULL{nan}"
    return _without_marks(label, name) if label.type == "VARCHAR" else f"{name} IS NOT NULL"


def _without_marks(label: LabelProfile, name: str) -> str:
    return f"{name} NOT IN ({', '.join(map(literal, ('', *label.marks)))})" if label.marks else f"{name} <> ''"


def _database_query(changes: QueryChanges, source: Input, columns: Sequence[str]) -> str:
    """Return a query in the database's SQL dialect, which has neither EXCLUDE nor REPLACE."""
    scheme = scheme_of(source.source)
    quote = _backticked if scheme in ("mysql", "bigquery") else quoted
    name = quote(changes.label.name)
    label = name
    if changes.positive is not None:
        label = f"{name} {_equals(changes.positive)}"
    elif changes.cast:
        kinds = _INTEGER if changes.cast == "BIGINT" else _NUMBER
        label = f"CAST({name} AS {kinds.get(scheme, changes.cast)})"
    selected = [
        f"{label} AS {name}" if column == changes.label.name and label != name else quote(column)
        for column in columns
        if column not in changes.dropped
    ]
    lines = ["SELECT", "  " + ",\n  ".join(selected)]
    if source.query:
        lines.append(f"FROM {_inner(source.query)} AS penstock_rows")
    elif scheme == "bigquery":
        lines.append(f"FROM `{source.table}`")
    else:
        schema, _, table = (source.table or "").rpartition(".")
        lines.append(f"FROM {'.'.join(quote(part) for part in (schema, table) if part)}")
    if changes.drops_rows:
        lines.append(f"WHERE {_database_condition(changes.label, name)}")
    return "\n".join(lines)


def _database_condition(label: LabelProfile, name: str) -> str:
    if label.kind == "number":
        # This drops NaN too, which is greater than all numbers in PostgreSQL.
        return f"abs({name}) < 3.4e38"
    return f"{name} IS NOT NULL AND {_without_marks(label, name)}" if label.type == "VARCHAR" else f"{name} IS NOT NULL"


def _inner(query: str | None) -> str:
    if not query:
        return "source"
    # On lines of its own, so that a comment at its end does not hide the parenthesis.
    return "(\n" + re.sub(r"[;\s]+$", "", query) + "\n)"


def _backticked(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _equals(value: Any) -> str:
    return f"IN ({', '.join(map(_literal, value))})" if isinstance(value, tuple) else f"= {_literal(value)}"


def _literal(value: Any) -> str:
    return literal(value) if isinstance(value, str) else str(value)
