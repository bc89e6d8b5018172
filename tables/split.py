"""Assign rows to splits by a hash of their features, or of a key: what is the same is always in the same split.

The hash is MD5 over a canonical text, so that it depends on neither the machine, nor the engine's own hash function,
nor the order of rows or columns, nor the format of the file. The text is that of what an example holds: a whole number
has one text whether its column is an integer or a float, other numbers that of 32 bits, a boolean that of 0 or 1, a
moment that of its second, a date that of its midnight; null, NaN and empty text have none. So a column whose type grows
with new rows keeps the old rows where they are.
"""

import re
from collections.abc import Sequence

from pipeline.errors import DataError
from pipeline.text import did_you_mean
from tables.shares import Splits
from tables.sql import literal, quoted
from tables.table import Column

_RANGE = 16**8
_NUMBERS = r"(U?(TINYINT|SMALLINT|INTEGER|BIGINT)|FLOAT|DOUBLE|DECIMAL)"


def assignment(splits: Splits, columns: Sequence[Column]) -> str:
    """Return the SQL expression for a row's split, as a position in `splits.names`.

    Raises:
        DataError: The key is not a column.
    """
    seen = [column for column in columns if not splits.features or column.name in splits.features]
    texts = ", ".join(_text(column) for column in sorted(seen, key=lambda column: column.name))
    # A text that two different rows share costs nothing: they land in the same split. So nothing is escaped.
    hashed = f"concat_ws(chr(31), {texts})"
    if splits.key is not None:
        hashed = f"coalesce({key_text(splits.key, columns)}, {hashed})"
    point = f"substr(md5({hashed}), 1, 8)"
    total = sum(share for _, share in splits.buckets)
    branches, reached = [], 0
    for position, (_, share) in enumerate(splits.buckets[:-1]):
        reached += share
        # The digest's first digits are compared as text, which spares a conversion and its rules.
        branches.append(f"WHEN {point} < {literal(f'{reached * _RANGE // total:08x}')} THEN {position}")
    branches.append(f"ELSE {len(splits.buckets) - 1} END")
    return f"CASE {' '.join(branches)}"


def key_text(key: str, columns: Sequence[Column]) -> str:
    """Return the SQL for the text of a row's key, null where it has none.

    Keys that only blanks around them, capitals, Unicode's forms or a `.0` after a whole number tell apart are one: what
    two files write differently stays together, and other keys that are taken for one lose nothing by it.

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


def seen_value(column: Column) -> str:
    """Return the SQL for a value as an example holds it, null where it is missing; cheaper than its text."""
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
        return f"CAST({seen_value(column)} AS VARCHAR)"
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
