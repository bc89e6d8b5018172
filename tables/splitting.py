"""Decide for each row of a table which split it is in: by a hash, by a column's values, or by time."""

from dataclasses import dataclass

from modules.features import Feature
from pipeline.errors import DataError
from tables.faults import nearest, shorten
from tables.roles import check_role
from tables.shares import NAMES, Splits, is_split_name
from tables.source import Column, Table
from tables.split import assignment
from tables.sql import literal, quoted

_MOST = 20


@dataclass(frozen=True)
class Assignment:
    """The names of the splits and the SQL expression for a row's position among them."""

    names: tuple[str, ...]
    sql: str


def assign(splits: Splits, table: Table) -> Assignment:
    """Return what splits the table.

    Raises:
        DataError: What decides is not a column, or does not decide for every row.
    """
    if splits.column:
        return _by_column(splits.column, table)
    if splits.time:
        return Assignment(splits.names, _by_time(splits, _column("time", splits.time, table), table))
    return Assignment(splits.names, assignment(splits, table.columns))


def _column(key: str, name: str, table: Table) -> Column:
    names = [column.name for column in table.columns]
    if name not in names:
        received = f"no column {name!r}{nearest(name, names)}"
        raise DataError(f"data.split.{key}", "a column of the table", received, f"correct data.split.{key}")
    column = table.column(name)
    missing = table.select("count(*)", f"WHERE {quoted(name)} IS NULL")[0][0]
    if missing:
        what = f"data.split.{key}, the column {name!r}"
        remedy = f"add WHERE {quoted(name)} IS NOT NULL to data.query"
        raise DataError(what, "a value in every row", f"{missing} missing", remedy)
    return column


def _by_column(name: str, table: Table) -> Assignment:
    column = _column("column", name, table)
    text = f"CAST({quoted(column.name)} AS VARCHAR)"
    found = [str(value) for (value,) in table.select(f"DISTINCT {text} AS name", f"ORDER BY name LIMIT {_MOST + 1}")]
    what = f"data.split.column, the column {name!r}"
    strange = [value for value in found if not is_split_name(value)]
    if len(found) > _MOST:
        raise DataError(what, f"at most {_MOST} names of splits", "more", "name a column that holds splits")
    if strange:
        place = table.where(name, strange[0])
        raise DataError(f"{place}: {what}", NAMES, repr(shorten(strange[0])), "name the splits so in data.query")
    if found and not {"train", "eval"} <= set(found):
        remedy = "name the splits so in data.query"
        raise DataError(what, "the splits train and eval among its values", ", ".join(found), remedy)
    names = ("train", "eval", *(name for name in found if name not in ("train", "eval")))
    cases = " ".join(f"WHEN {literal(name)} THEN {position}" for position, name in enumerate(names))
    return Assignment(names, f"CASE {text} {cases} END")


def _by_time(splits: Splits, column: Column, table: Table) -> str:
    check_role(table, Feature(column.name, "timestamp"), what="data.split.time, the column")
    moment = quoted(column.name) if column.kind == "integer" else f"epoch_us({quoted(column.name)})"
    rows, total = table.rows(), sum(share for _, share in splits.buckets)
    branches, reached = [], 0
    for position, (_, share) in enumerate(splits.buckets[:-1]):
        reached += share
        # Rows of one moment stay together, in the newer split.
        first = table.select(f"{moment} AS moment", f"ORDER BY moment LIMIT 1 OFFSET {rows * reached // total}")
        branches += [f"WHEN {moment} < {value} THEN {position}" for (value,) in first]
    return f"CASE {' '.join(branches or ['WHEN false THEN 0'])} ELSE {len(splits.buckets) - 1} END"
