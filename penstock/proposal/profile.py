"""The profile of each column from its values: counts, ranges, examples, distinct values."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import DataError
from penstock.core.text import did_you_mean, shorten
from penstock.tables.examples.write import to_lists
from penstock.tables.sample import Sample
from penstock.tables.sql import literal, quoted
from penstock.tables.table import Column, Table
from penstock.tables.values.conversion import MARKS, SURE_MARKS

# The maximum size of the sample in rows, and in cells for wide tables.
ROWS, CELLS = 100_000, 10_000_000
LEAST_ROWS = 1000
# The values of a text column are listed up to this number.
MOST_VALUES = 200
# Greater values are infinite in the 32 bits of an example.
GREATEST = 3.4e38


@dataclass(frozen=True)
class ColumnProfile:
    """The profile of a column.

    Attributes:
        name: Its name.
        type: DuckDB's name of its type.
        kind: `Column.kind`.
        rows: The number of rows of the table.
        present: The number of values in the table that are not missing.
        sampled: The number of values in the sample that are not missing.
        distinct: The number of distinct values in the sample.
        low: The minimum finite number of the table.
        high: The maximum finite number of the table.
        infinite: The number of values of the table that are infinite in an example.
        whole: Whether all numbers of the sample are whole.
        values: The values of a text column, the most frequent first, if they are few.
        examples: Some values, for messages.
        words: The mean number of words of a text.
        length: The length of the lists, if all have the same.
        fault: The reason why examples cannot contain the column, if they cannot.
    """

    name: str
    type: str
    kind: str
    rows: int
    present: int
    sampled: int
    distinct: int
    low: float | None = None
    high: float | None = None
    infinite: int = 0
    whole: bool = False
    values: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    words: float = 0.0
    length: int | None = None
    fault: str = ""

    @property
    def missing(self) -> float:
        """The share of missing values."""
        return 1 - self.present / self.rows if self.rows else 0.0

    @property
    def is_unique(self) -> bool:
        """Whether the values of the sample are distinct."""
        return self.distinct == self.sampled > 1


def sample_size(columns: int) -> int:
    """Return the size of the sample of a table."""
    return max(LEAST_ROWS, min(ROWS, CELLS // max(columns, 1)))


class Totals:
    """Counts and ranges by column over all batches of a table."""

    def __init__(self) -> None:
        """Start with no rows."""
        self._found: dict[str, _Total] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch."""
        for field, array in zip(batch.schema, batch.columns, strict=True):
            found = _total(array)
            before = self._found.get(field.name)
            self._found[field.name] = found if before is None else before.plus(found)

    def of(self, name: str) -> "_Total":
        """Return the counts and the range of a column."""
        return self._found[name]


@dataclass(frozen=True)
class _Total:
    """The number of present values, the minimum and maximum finite number, and the number of infinite ones."""

    present: int
    low: float | None = None
    high: float | None = None
    infinite: int = 0

    def plus(self, other: "_Total") -> "_Total":
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return _Total(
            self.present + other.present,
            min(lows, default=None),
            max(highs, default=None),
            self.infinite + other.infinite,
        )


def _total(array: pa.Array) -> _Total:
    kind = array.type
    if pa.types.is_integer(kind):
        found = pc.min_max(array)
        return _Total(len(array) - array.null_count, found["min"].as_py(), found["max"].as_py())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = np.asarray(array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64)
        size = np.abs(numbers)
        inside = numbers[size < GREATEST]
        low, high = (float(inside.min()), float(inside.max())) if len(inside) else (None, None)
        return _Total(len(numbers) - int(np.isnan(numbers).sum()), low, high, int((size >= GREATEST).sum()))
    if pa.types.is_string(kind):
        empty = pc.sum(pc.equal(pc.binary_length(array), 0)).as_py() or 0
        return _Total(len(array) - array.null_count - empty)
    return _Total(len(array) - array.null_count)


def profile(columns: Iterable[Column], rows: Sample, totals: Totals) -> tuple[ColumnProfile, ...]:
    """Return the profile of each column: counts and ranges of the table, the rest from a sample of it."""
    return tuple(_profiled(column, rows, totals.of(column.name)) for column in columns)


def _profiled(column: Column, rows: Sample, total: _Total) -> ColumnProfile:
    facts: dict[str, Any] = {"rows": rows.total, **asdict(total)}
    array = rows.data.column(column.name).combine_chunks()
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    fault = _fault(column, array, total)
    if fault:
        return ColumnProfile(column.name, column.type, column.kind, sampled=0, distinct=0, fault=fault, **facts)
    if column.kind == "list":
        lengths = pc.unique(pc.list_value_length(array.filter(array.is_valid()))).to_pylist()
        facts["length"] = lengths[0] if len(lengths) == 1 else None
        valid = array.filter(array.is_valid())
        return ColumnProfile(column.name, column.type, column.kind, sampled=len(valid), distinct=len(valid), **facts)
    values = present_values(array)
    counts = _counted(values)
    facts["distinct"] = len(counts[0])
    facts["examples"] = tuple(shorten(str(value), 20) for value in counts[0][:3].to_pylist())
    if column.kind in ("integer", "number"):
        facts["whole"] = column.kind == "integer" or _is_whole(values)
    if column.kind == "text":
        facts |= _text_facts(values, counts[0])
    return ColumnProfile(column.name, column.type, column.kind, sampled=len(values), **facts)


def present_values(array: pa.Array) -> pa.Array:
    """Return the values without nulls, NaN and empty text; times of day as text."""
    kind = array.type
    if pa.types.is_dictionary(kind) or pa.types.is_time(kind) or pa.types.is_large_string(kind):
        array = array.cast(pa.string())
    elif pa.types.is_decimal(kind):
        array = array.cast(pa.float64())
    is_present = pc.invert(pc.is_null(array, nan_is_null=True))
    if pa.types.is_string(array.type):
        is_present = pc.and_(is_present, pc.fill_null(pc.greater(pc.utf8_length(array), 0), False))
    return array.filter(is_present)


def _counted(values: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Return the distinct values and their counts, the most frequent first."""
    counted = pc.value_counts(values)
    counts = counted.field("counts").to_numpy()
    order = np.argsort(-counts, kind="stable")
    return counted.field("values").take(pa.array(order)), counts[order]


def _is_whole(values: pa.Array) -> bool:
    numbers = values.to_numpy(zero_copy_only=False).astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    return bool(len(numbers) and (numbers == np.round(numbers)).all() and np.abs(numbers).max() < 2**53)


def _text_facts(values: pa.Array, distinct: pa.Array) -> dict[str, Any]:
    listed = tuple(str(value) for value in distinct.to_pylist()) if len(distinct) <= MOST_VALUES else ()
    words = float(pc.mean(pc.add(pc.count_substring(values, " "), 1)).as_py() or 0.0) if len(values) else 0.0
    return {"values": listed, "words": words}


def _fault(column: Column, array: pa.Array, total: _Total) -> str:
    """Return the reason why examples cannot contain the column, or an empty text."""
    if column.kind == "nested" and column.type != '"NULL"':
        return f"values of the type {shorten(column.type, 30)}, which examples cannot contain"
    if column.kind == "integer" and max(abs(total.low or 0), abs(total.high or 0)) >= 2**63:
        return "integers beyond 64 bits, which examples cannot contain"
    try:
        to_lists(pa.RecordBatch.from_arrays([array], names=[column.name]))
    except (DataError, pa.ArrowException) as error:
        reason = f"{error.received}" if isinstance(error, DataError) else str(error)
        return f"{shorten(reason, 50)}, which examples cannot contain"
    return ""


# Distinct values of the label are counted up to this number.
MAX_COUNTED = 1000


@dataclass(frozen=True)
class LabelProfile:
    """The profile of the label's column.

    Attributes:
        name: Its name.
        type: DuckDB's name of its type.
        kind: `Column.kind`.
        rows: Rows of the table.
        missing: The number of rows without a value.
        infinite: The number of rows with an infinite value.
        counts: Values with their numbers of rows, the most frequent first; at most one more than `MAX_COUNTED`.
        distinct: The number of distinct values.
        low: The minimum of numbers, or of text that reads as numbers.
        high: The maximum.
        marks: Texts that mark a missing value, such as `NA`; their rows count as missing.
        reads_as_numbers: Whether it is text whose other values all read as numbers.
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
        """The number of rows with a usable label."""
        return self.rows - self.missing - self.infinite

    @property
    def is_whole(self) -> bool:
        """Whether all listed values are whole numbers that a float represents exactly."""
        return self.kind in ("integer", "number") and all(
            float(value).is_integer() and abs(value) < 2**53 for value, _ in self.counts
        )


def label_profile(table: Table, name: str) -> LabelProfile:
    """Return the profile of the label.

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
        f"{quote}, count(*) AS rows",
        f"WHERE {usable} GROUP BY {quote} ORDER BY rows DESC, {quote} LIMIT {MAX_COUNTED + 1}",
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
    """Return the texts that mark a missing value, and whether all others read as numbers.

    Ambiguous marks count as missing only among numbers: `unknown` next to `low` and `high` may be a class. `-` is a
    class if `+` is the only other value. A code such as 02139 is not a number.
    """
    if column.type != "VARCHAR":
        return (), False
    name = quoted(column.name)
    marked = f"lower(trim({name})) IN ({', '.join(map(literal, sorted({*MARKS, ''})))})"
    words = f"{name} <> '' AND NOT {marked}"
    numbers = f"{words} AND TRY_CAST({name} AS DOUBLE) IS NOT NULL AND NOT regexp_matches({name}, '^\\s*[+-]?0[0-9]')"
    pluses = f"{words} AND trim({name}) = '+'"
    # In one query, because each query reads the table.
    counts = ", ".join(f"count(*) FILTER ({condition})" for condition in (words, numbers, pluses))
    [(others, found, signs, marks)] = table.select(f"{counts}, list(DISTINCT {name}) FILTER ({marked})")
    known = MARKS if others == found > 0 else SURE_MARKS
    if others == signs > 0:
        known -= {"-"}
    absent = (mark for mark in marks or () if mark and mark.strip().lower() in {*known, ""})
    return tuple(sorted(absent)), others == found > 0


def _present_sql(column: Column, marks: tuple[str, ...]) -> str:
    """Return DuckDB's SQL for whether the column has a usable value."""
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
