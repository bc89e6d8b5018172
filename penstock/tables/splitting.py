"""Assign each row of a table to a split: by a hash, by a column's values, or by time.

The hash covers a row's features, or a key, so equal rows are always in one split. It is MD5 over a canonical text, so
that it depends neither on the machine, nor on DuckDB's hash function, nor on the order of rows or columns, nor on the
file format. The text represents the value that an example contains: a whole number has one text in integer and float
columns, other numbers have that of 32 bits, a boolean that of 0 or 1, a timestamp that of its second, a date that of
its midnight; null, NaN and empty text have none. So old rows stay in their splits if new rows widen a column's type.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from penstock.core.documents.data import SplitReport
from penstock.core.errors import DataError
from penstock.core.features import Feature
from penstock.core.text import did_you_mean, shorten
from penstock.tables.roles import check_role
from penstock.tables.splits import NAMES, Splits, is_split_name
from penstock.tables.sql import literal, quoted
from penstock.tables.table import Column, Table

_MOST = 20
# Features do not distinguish rows if they have fewer combinations than the first, each in as many rows as the second.
FEW_COMBINATIONS, ROWS_OF_EACH = 1000, 10
_RANGE = 16**8
_NUMBERS = r"(U?(TINYINT|SMALLINT|INTEGER|BIGINT)|FLOAT|DOUBLE|DECIMAL)"


@dataclass(frozen=True)
class Assignment:
    """The names of the splits and the SQL expression for the position of a row's split in them.

    Attributes:
        names: The splits.
        sql: The expression.
        by: The rule; `rows` if all columns are hashed, because the features do not distinguish rows.
        combinations: The number of combinations of features, if they do not distinguish rows.
        without_key: The number of rows without a key, which are split by their features.
    """

    names: tuple[str, ...]
    sql: str
    by: Literal["features", "rows", "key", "column", "time"] = "features"
    combinations: int | None = None
    without_key: int = 0


def assign(splits: Splits, table: Table) -> Assignment:
    """Return the assignment of the table's rows to splits.

    Raises:
        DataError: The column of the rule does not exist, or has no value in some rows.
    """
    if splits.column:
        return _by_column(splits.column, table)
    if splits.time:
        return Assignment(splits.names, _by_time(splits, _column("time", splits.time, table), table), "time")
    if splits.key is not None:
        return _by_key(splits, splits.key, table)
    return _by_features(splits, table)


def _by_features(splits: Splits, table: Table) -> Assignment:
    """Return splits by a hash of the features, or of all columns if the features do not distinguish rows."""
    features = [column for column in table.columns if column.name in splits.features]
    if not features:
        return Assignment(splits.names, assignment(splits, table.columns), "rows")
    sql, combination = assignment(splits, table.columns), f"hash({', '.join(map(encoded_value, features))})"
    # The first rows usually have enough combinations, so that the others need not be read.
    if len(set(table.select(combination, f"LIMIT {FEW_COMBINATIONS * ROWS_OF_EACH}"))) >= FEW_COMBINATIONS:
        return Assignment(splits.names, sql)
    [(rows, combinations)] = table.select(f"count(*), count(DISTINCT {combination})")
    if combinations >= FEW_COMBINATIONS or rows < ROWS_OF_EACH * combinations:
        return Assignment(splits.names, sql)
    by_row = assignment(replace(splits, features=()), table.columns)
    return Assignment(splits.names, by_row, "rows", combinations=combinations)


def _by_key(splits: Splits, key: str, table: Table) -> Assignment:
    sql = assignment(splits, table.columns)
    [(rows, present)] = table.select(f"count(*), count({key_text(key, table.columns)})")
    if rows > 2 * present:
        received = f"{rows - present:,} missing of {rows:,}"
        remedy = f"name another column, or add WHERE {quoted(key)} IS NOT NULL to data.query"
        raise DataError(f"data.split.key, the column {key!r}", "a key in at least half of the rows", received, remedy)
    return Assignment(splits.names, sql, "key", without_key=rows - present)


def _column(key: str, name: str, table: Table) -> Column:
    names = [column.name for column in table.columns]
    if name not in names:
        received = f"no column {name!r}{did_you_mean(name, names)}"
        raise DataError(f"data.split.{key}", "a column of the table", received, f"correct data.split.{key}")
    column = table.column(name)
    quote = quoted(name)
    conditions = {"text": f"trim(CAST({quote} AS VARCHAR)) <> ''", "timestamp": f"isfinite({quote})"}
    present = conditions.get(column.kind, f"{quote} IS NOT NULL")
    missing = table.select("count(*)", f"WHERE ({present}) IS NOT TRUE")[0][0]
    if missing:
        what = f"data.split.{key}, the column {name!r}"
        remedy = f"add WHERE {f'{quote} IS NOT NULL' if table.is_remote else present} to data.query"
        raise DataError(what, "a value in every row", f"{missing} missing", remedy)
    return column


def _by_column(name: str, table: Table) -> Assignment:
    column = _column("column", name, table)
    text = f"CAST({quoted(column.name)} AS VARCHAR)"
    found = [str(value) for (value,) in table.select(f"DISTINCT {text} AS name", f"ORDER BY name LIMIT {_MOST + 1}")]
    what = f"data.split.column, the column {name!r}"
    invalid = [value for value in found if not is_split_name(value)]
    if len(found) > _MOST:
        raise DataError(what, f"at most {_MOST} names of splits", "more", "name a column that holds splits")
    if invalid:
        place = table.where(name, invalid[0])
        raise DataError(f"{place}: {what}", NAMES, repr(shorten(invalid[0])), "name the splits so in data.query")
    _check_capitals(what, column, found)
    if found and not {"train", "eval"} <= set(found):
        remedy = "name the splits so in data.query"
        raise DataError(what, "the splits train and eval among its values", ", ".join(found), remedy)
    names = ("train", "eval", *(name for name in found if name not in ("train", "eval")))
    cases = " ".join(f"WHEN {literal(name)} THEN {position}" for position, name in enumerate(names))
    return Assignment(names, f"CASE {text} {cases} END", "column")


def _check_capitals(what: str, column: Column, found: list[str]) -> None:
    """Refuse names that differ in case only: rows of `Train` would neither train nor evaluate."""
    first: dict[str, str] = {"train": "train", "eval": "eval"}
    for value in found:
        other = first.setdefault(value.lower(), value)
        if other != value:
            remedy = f"write lower({quoted(column.name)}) AS {quoted(column.name)} in data.query"
            raise DataError(what, "names that differ by more than capitals", f"{value!r} for {other!r}", remedy)


def _by_time(splits: Splits, column: Column, table: Table) -> str:
    check_role(table, Feature(column.name, "timestamp"), what="data.split.time, the column")
    moment = quoted(column.name) if column.kind == "integer" else f"epoch_us({quoted(column.name)})"
    rows, total = table.rows(), sum(share for _, share in splits.buckets)
    branches, reached = [], 0
    for position, (_, share) in enumerate(splits.buckets[:-1]):
        reached += share
        # Rows with the same time are in one split, the newer one.
        first = table.select(f"{moment} AS moment", f"ORDER BY moment LIMIT 1 OFFSET {rows * reached // total}")
        branches += [f"WHEN {moment} < {value} THEN {position}" for (value,) in first]
    return f"CASE {' '.join(branches or ['WHEN false THEN 0'])} ELSE {len(splits.buckets) - 1} END"


def assignment(splits: Splits, columns: Sequence[Column]) -> str:
    """Return the SQL expression for a row's split, as a position in `splits.names`.

    Raises:
        DataError: The key is not a column.
    """
    seen = [column for column in columns if not splits.features or column.name in splits.features]
    texts = ", ".join(_text(column) for column in sorted(seen, key=lambda column: column.name))
    # Two different rows with one text are only put into the same split, so nothing is escaped.
    hashed = f"concat_ws(chr(31), {texts})"
    if splits.key is not None:
        hashed = f"coalesce({key_text(splits.key, columns)}, {hashed})"
    point = f"substr(md5({hashed}), 1, 8)"
    total = sum(share for _, share in splits.buckets)
    branches, reached = [], 0
    for position, (_, share) in enumerate(splits.buckets[:-1]):
        reached += share
        # The digest's first digits are compared as text, which needs no conversion.
        branches.append(f"WHEN {point} < {literal(f'{reached * _RANGE // total:08x}')} THEN {position}")
    branches.append(f"ELSE {len(splits.buckets) - 1} END")
    return f"CASE {' '.join(branches)}"


def key_text(key: str, columns: Sequence[Column]) -> str:
    """Return the SQL for the text of a row's key, null if it has none.

    Keys that differ in surrounding whitespace, case, Unicode normalization or a `.0` after a whole number are equal, so
    that the spellings of two files are in one split; keys that are equal by accident are only put into the same split.

    Raises:
        DataError: The key is not a column.
    """
    found = [column for column in columns if column.name == key]
    if not found:
        received = f"no column {key!r}{did_you_mean(key, [column.name for column in columns])}"
        raise DataError("data.split.key", "a column of the table", received, "correct the key")
    [column] = found
    if column.kind == "text":
        text = f"regexp_replace(lower(CAST({quoted(key)} AS VARCHAR)), '^\\s+|\\s+$', '', 'g')"
        whole = f"regexp_replace(nfc_normalize({text}), '^(-?[0-9]+)[.]0+$', '\\1')"
        return f"nullif({whole}, '')"
    return _number(column, "DOUBLE") if column.kind == "number" else _text(column)


def encoded_value(column: Column) -> str:
    """Return the SQL for a value as an example contains it, null if it is missing; cheaper than its text."""
    name = quoted(column.name)
    if column.kind == "number":
        number = f"TRY_CAST({name} AS FLOAT)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    if column.kind == "timestamp":
        return f"CAST(floor(epoch_us({name}) / 1000000) AS BIGINT)"
    return f"nullif({name}, '')" if column.type == "VARCHAR" else name


def _text(column: Column) -> str:
    name = quoted(column.name)
    if column.kind == "number":
        return _number(column, "FLOAT")
    if column.kind == "boolean":
        return f"CAST(CAST({name} AS INTEGER) AS VARCHAR)"
    if column.kind == "timestamp":
        return f"CAST({encoded_value(column)} AS VARCHAR)"
    if column.kind == "list" and re.match(_NUMBERS, column.type):
        return f"CAST(TRY_CAST({name} AS FLOAT[]) AS VARCHAR)"
    return f"nullif(CAST({name} AS VARCHAR), '')"


def _number(column: Column, kind: str) -> str:
    name = quoted(column.name)
    number = name if column.type == "DOUBLE" else f"CAST({name} AS DOUBLE)"
    whole = f"{number} = trunc({number}) AND abs({number}) < 1e15"
    fraction = number if kind == "DOUBLE" else f"TRY_CAST({number} AS {kind})"
    return (
        f"CASE WHEN NOT isfinite({number}) THEN NULL "
        f"WHEN {whole} THEN CAST(CAST({number} AS BIGINT) AS VARCHAR) ELSE CAST({fraction} AS VARCHAR) END"
    )


def split_report(splits: Splits, table: Table, assigned: Assignment) -> SplitReport:
    """Return the report on the splits.

    It has `by` (features, rows, key, column or time), `column` (of the rule, if it has one), `shares` (the configured
    ratios; empty if a column names the splits), `without_key` (rows), `combinations` (of features, if they do not
    distinguish rows), and `repeated`: the rows of eval whose features and label are also in train, which leak into the
    evaluation. They are counted if the rule allows any, and None otherwise.
    """
    total = sum(share for _, share in splits.buckets)
    return SplitReport(
        by=assigned.by,
        column=splits.key or splits.column or splits.time,
        shares={} if splits.column else {name: share / total for name, share in splits.buckets},
        without_key=assigned.without_key,
        combinations=assigned.combinations,
        repeated=None if assigned.by == "features" else _repeated(splits, table, assigned),
    )


def _repeated(splits: Splits, table: Table, assigned: Assignment) -> int | None:
    """Return the number of rows of eval whose encoded features and label are also in train; in one pass."""
    seen = [encoded_value(column) for column in table.columns if column.name in (*splits.features, splits.label)]
    if not splits.features or not seen:
        return None
    train, evaluated = (assigned.names.index(name) for name in ("train", "eval"))
    positions = f"SELECT hash({', '.join(seen)}) AS example, {assigned.sql} AS position FROM penstock_result"
    examples = (
        f"SELECT bool_or(position = {train}) AS trained, count(*) FILTER (position = {evaluated}) AS evaluated "
        f"FROM ({positions}) GROUP BY example"
    )
    found = table.select(f"(SELECT sum(evaluated) FILTER (trained) FROM ({examples}))", "LIMIT 1")
    return int(found[0][0] or 0) if found else 0
