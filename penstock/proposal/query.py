"""The query that a proposal needs: the label as it is learned, columns that no example holds, rows without a label."""

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
class Wanted:
    """What a query should do.

    Attributes:
        label: The label's column.
        positive: The value that the label is compared with, if any; several as a tuple.
        cast: DuckDB's type that the label is converted to, if any.
        dropped: Columns to leave out.
    """

    label: LabelProfile
    positive: Any = None
    cast: str = ""
    dropped: Sequence[str] = ()

    @property
    def filters(self) -> bool:
        """Whether rows without a label have to go."""
        return bool(self.label.missing or self.label.infinite)


def query_for(wanted: Wanted, source: Input, columns: Sequence[str]) -> str | None:
    """Return the query to write, or what the person gave where nothing has to be done."""
    if not (wanted.positive is not None or wanted.cast or wanted.dropped or wanted.filters):
        return source.query
    return _remote(wanted, source, columns) if source.is_remote else _local(wanted, source)


def _local(wanted: Wanted, source: Input) -> str:
    name = quoted(wanted.label.name)
    replaced = []
    if wanted.positive is not None:
        replaced.append(f"{name} {_equals(wanted.positive)} AS {name}")
    if wanted.cast:
        # A filter around the query may be asked before this one, of a mark that is no number.
        function = "TRY_CAST" if wanted.label.marks else "CAST"
        replaced.append(f"{function}({name} AS {wanted.cast}) AS {name}")
    lines = ["SELECT *"]
    if wanted.dropped:
        lines.append(f"  EXCLUDE ({', '.join(map(quoted, wanted.dropped))})")
    if replaced:
        lines.append("  REPLACE (\n    " + ",\n    ".join(replaced) + "\n  )")
    lines.append(f"FROM {_inner(source.query)}")
    if wanted.filters:
        lines.append(f"WHERE {_condition(wanted.label, name)}")
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


def _remote(wanted: Wanted, source: Input, columns: Sequence[str]) -> str:
    """Return a query in the database's own SQL, which knows neither EXCLUDE nor REPLACE."""
    scheme = scheme_of(source.source)
    quote = _backticked if scheme in ("mysql", "bigquery") else quoted
    name = quote(wanted.label.name)
    label = name
    if wanted.positive is not None:
        label = f"{name} {_equals(wanted.positive)}"
    elif wanted.cast:
        kinds = _INTEGER if wanted.cast == "BIGINT" else _NUMBER
        label = f"CAST({name} AS {kinds.get(scheme, wanted.cast)})"
    kept = [
        f"{label} AS {name}" if column == wanted.label.name and label != name else quote(column)
        for column in columns
        if column not in wanted.dropped
    ]
    lines = ["SELECT", "  " + ",\n  ".join(kept)]
    if source.query:
        lines.append(f"FROM {_inner(source.query)} AS penstock_rows")
    elif scheme == "bigquery":
        lines.append(f"FROM `{source.table}`")
    else:
        schema, _, table = (source.table or "").rpartition(".")
        lines.append(f"FROM {'.'.join(quote(part) for part in (schema, table) if part)}")
    if wanted.filters:
        lines.append(f"WHERE {_remote_condition(wanted.label, name)}")
    return "\n".join(lines)


def _remote_condition(label: LabelProfile, name: str) -> str:
    if label.kind == "number":
        # Where no NaN is less than anything, as in PostgreSQL, none is kept either.
        return f"abs({name}) < 3.4e38"
    return f"{name} IS NOT NULL AND {_without_marks(label, name)}" if label.type == "VARCHAR" else f"{name} IS NOT NULL"


def _inner(query: str | None) -> str:
    if not query:
        return "source"
    # On lines of its own, so that a comment at its end hides no parenthesis.
    return "(\n" + re.sub(r"[;\s]+$", "", query) + "\n)"


def _backticked(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _equals(value: Any) -> str:
    return f"IN ({', '.join(map(_literal, value))})" if isinstance(value, tuple) else f"= {_literal(value)}"


def _literal(value: Any) -> str:
    return literal(value) if isinstance(value, str) else str(value)
