"""Assign rows to splits by a hash of what they hold: the same row is always in the same split.

The hash is MD5 over a canonical text, so that it depends on neither the machine, nor the engine's own hash function,
nor the order of rows or columns. A whole number has one text whether its column is an integer or a float, and a date
the same as its midnight; so a column whose type grows with new rows keeps the old rows where they are.
"""

from collections.abc import Sequence

from pipeline.errors import DataError
from tables import faults
from tables.shares import Splits
from tables.source import Column
from tables.sql import literal, quoted

_RANGE = 16**8


def assignment(splits: Splits, columns: Sequence[Column]) -> str:
    """Return the SQL expression for a row's split, as a position in `splits.names`.

    Raises:
        DataError: The key is not a column.
    """
    hashed = [column for column in columns if splits.key in (None, column.name)]
    if not hashed:
        names = [column.name for column in columns]
        received = f"no column {splits.key!r}{faults.nearest(splits.key or '', names)}"
        raise DataError("data.split.key", "a column of the table", received, "correct the key")
    texts = ", ".join(_text(column) for column in sorted(hashed, key=lambda column: column.name))
    # A text that two different rows share costs nothing: they land in the same split. So nothing is escaped.
    point = f"substr(md5(concat_ws(chr(31), {texts})), 1, 8)"
    total = sum(share for _, share in splits.buckets)
    branches, reached = [], 0
    for position, (_, share) in enumerate(splits.buckets[:-1]):
        reached += share
        # The digest's first digits are compared as text, which spares a conversion and its rules.
        branches.append(f"WHEN {point} < {literal(f'{reached * _RANGE // total:08x}')} THEN {position}")
    branches.append(f"ELSE {len(splits.buckets) - 1} END")
    return f"CASE {' '.join(branches)}"


def _text(column: Column) -> str:
    name = quoted(column.name)
    if column.kind == "number":
        number = name if column.type == "DOUBLE" else f"CAST({name} AS DOUBLE)"
        whole = f"{number} = trunc({number}) AND abs({number}) < 1e15"
        return (
            f"CASE WHEN isnan({number}) THEN NULL "
            f"WHEN {whole} THEN CAST(CAST({number} AS BIGINT) AS VARCHAR) ELSE CAST({number} AS VARCHAR) END"
        )
    if column.kind == "timestamp":
        return f"CAST(epoch_us({name}) AS VARCHAR)"
    return f"CAST({name} AS VARCHAR)"
