"""What there is to know of the label: its values and how often each is there, counted over the whole table."""

from dataclasses import dataclass
from typing import Any

from pipeline.errors import DataError
from pipeline.text import did_you_mean
from tables.conversion import MARKS, SURE_MARKS
from tables.profile import GREATEST
from tables.sql import literal, quoted
from tables.table import Column, Table

# More different values than this are only known to be more.
MOST = 1000


@dataclass(frozen=True)
class LabelProfile:
    """The label's column.

    Attributes:
        name: Its name.
        type: Its type, as DuckDB writes it.
        kind: `Column.kind`.
        rows: Rows of the table.
        missing: Rows in which it has no value.
        infinite: Rows in which it is infinite.
        counts: Value and number of rows, the most frequent first; no more than `MOST` and one.
        distinct: The number of different values.
        low: The least value of numbers, or of text that reads as such.
        high: The greatest.
        marks: Texts that stand for no value, such as `NA`; their rows are among the missing.
        reads_as_numbers: Whether it is text of which all else reads as numbers.
    """

    name: str
    type: str
    kind: str
    rows: int
    missing: int
    infinite: int
    counts: tuple[tuple[Any, int], ...]
    distinct: int
    low: float | None = None
    high: float | None = None
    marks: tuple[str, ...] = ()
    reads_as_numbers: bool = False

    @property
    def present(self) -> int:
        """The number of rows that can be learned from."""
        return self.rows - self.missing - self.infinite

    @property
    def is_whole(self) -> bool:
        """Whether all listed values are whole numbers, and such as a float tells apart."""
        return self.kind in ("integer", "number") and all(
            float(value).is_integer() and abs(value) < 2**53 for value, _ in self.counts
        )


def label_profile(table: Table, name: str) -> LabelProfile:
    """Return what is known of the label.

    Raises:
        DataError: The table has no such column.
    """
    names = [column.name for column in table.columns]
    if name not in names:
        received = f"no such column{did_you_mean(name, names)}"
        raise DataError(f"--label {name}", f"a column of {table.name}", received, _named(names))
    column = table.column(name)
    rows = table.rows()
    marks, reads_as_numbers = _marks(table, column)
    usable, infinite = _present_sql(column, marks), 0
    if column.kind == "number":
        value = f"CAST({quoted(name)} AS DOUBLE)"
        infinite = table.select(f"count(*) FILTER (abs({value}) >= {GREATEST} AND NOT isnan({value}))")[0][0]
    quote = quoted(name)
    counts = table.select(
        f"{quote}, count(*) AS rows", f"WHERE {usable} GROUP BY {quote} ORDER BY rows DESC, {quote} LIMIT {MOST + 1}"
    )
    distinct, present = table.select(f"count(DISTINCT {quote}), count(*)", f"WHERE {usable}")[0]
    low = high = None
    if column.kind in ("integer", "number") or reads_as_numbers:
        number = f"TRY_CAST({quote} AS DOUBLE)" if reads_as_numbers else quote
        low, high = table.select(f"min({number}), max({number})", f"WHERE {usable}")[0]
    return LabelProfile(
        name,
        column.type,
        column.kind,
        rows,
        missing=rows - present - infinite,
        infinite=infinite,
        counts=tuple(counts),
        distinct=distinct,
        low=low,
        high=high,
        marks=marks,
        reads_as_numbers=reads_as_numbers,
    )


def _marks(table: Table, column: Column) -> tuple[tuple[str, ...], bool]:
    """Return the texts, as they are written, that stand for no value, and whether all others read as numbers.

    Of words only the sure ones stand for none, unless among numbers: `unknown` there is no number, and with `low` and
    `high` it may well be a class. `-` is a class where the only other is `+`. A code such as 02139 is no number.
    """
    if column.type != "VARCHAR":
        return (), False
    name = quoted(column.name)
    marked = f"lower(trim({name})) IN ({', '.join(map(literal, sorted({*MARKS, ''})))})"
    words = f"{name} <> '' AND NOT {marked}"
    numbers = f"{words} AND TRY_CAST({name} AS DOUBLE) IS NOT NULL AND NOT regexp_matches({name}, '^\\s*[+-]?0[0-9]')"
    pluses = f"{words} AND trim({name}) = '+'"
    # Together, because each question reads the whole table.
    counts = ", ".join(f"count(*) FILTER ({condition})" for condition in (words, numbers, pluses))
    [(others, found, signs, marks)] = table.select(f"{counts}, list(DISTINCT {name}) FILTER ({marked})")
    known = MARKS if others == found > 0 else SURE_MARKS
    if others == signs > 0:
        known -= {"-"}
    absent = (mark for mark in marks or () if mark and mark.strip().lower() in {*known, ""})
    return tuple(sorted(absent)), others == found > 0


def _present_sql(column: Column, marks: tuple[str, ...]) -> str:
    """Return the condition, in DuckDB's SQL, that the column has a value that can be learned from."""
    name = quoted(column.name)
    if column.kind == "number":
        return f"abs(CAST({name} AS DOUBLE)) < {GREATEST}"
    return (
        f"{name} NOT IN ({', '.join(map(literal, ('', *marks)))})"
        if column.type == "VARCHAR"
        else f"{name} IS NOT NULL"
    )


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:8])
    return f"name one of {shown}{' and more' if len(names) > 8 else ''}"
