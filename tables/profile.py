"""What there is to know of each column before a person says what it means: counts, ranges, examples, how it reads."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import DataError
from pipeline.text import shorten
from tables.examples import to_lists
from tables.sample import Sample
from tables.table import Column

# The most rows that are looked at, and the most cells where a table is wide.
ROWS, CELLS = 100_000, 10_000_000
LEAST_ROWS = 1000
# Up to so many values of a text column are listed.
MOST_VALUES = 200
# Beyond this a value is infinite in the 32 bits of an example.
GREATEST = 3.4e38


@dataclass(frozen=True)
class ColumnProfile:
    """What is known of a column.

    Attributes:
        name: Its name.
        type: Its type, as DuckDB writes it.
        kind: `Column.kind`.
        rows: Rows of the whole table.
        present: Values in the whole table that are not missing.
        sampled: Values in the sample that are not missing.
        distinct: Different values in the sample.
        low: The least finite value of the whole table, of numbers.
        high: The greatest.
        infinite: Values of the whole table that an example would hold as infinite.
        whole: Whether all numbers of the sample are whole.
        values: The values of a text by falling frequency, where they are few.
        examples: Some values, as they are shown.
        words: Mean number of words of a text.
        length: The number of values in each list, where it is always the same.
        fault: Why an example cannot hold the column.
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
        """The share of rows without a value."""
        return 1 - self.present / self.rows if self.rows else 0.0

    @property
    def is_unique(self) -> bool:
        """Whether no value of the sample is there twice."""
        return self.distinct == self.sampled > 1


def sample_size(columns: int) -> int:
    """Return how many rows of a table are looked at."""
    return max(LEAST_ROWS, min(ROWS, CELLS // max(columns, 1)))


class Totals:
    """What is counted of every row of a table while it goes by, by column."""

    def __init__(self) -> None:
        """Begin without rows."""
        self._found: dict[str, _Total] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch."""
        for field, array in zip(batch.schema, batch.columns, strict=True):
            found = _total(array)
            before = self._found.get(field.name)
            self._found[field.name] = found if before is None else before.plus(found)

    def of(self, name: str) -> "_Total":
        """Return what was counted of a column."""
        return self._found[name]


@dataclass(frozen=True)
class _Total:
    """Present values, the least and the greatest finite number, and the number of infinite ones."""

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
    """Return what is known of each column: counts and ranges of the whole table, the rest of a sample of it."""
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
    """Return the values that are not missing: no null, no NaN, no empty text; times of day as text."""
    kind = array.type
    if pa.types.is_dictionary(kind) or pa.types.is_time(kind) or pa.types.is_large_string(kind):
        array = array.cast(pa.string())
    elif pa.types.is_decimal(kind):
        array = array.cast(pa.float64())
    keep = pc.invert(pc.is_null(array, nan_is_null=True))
    if pa.types.is_string(array.type):
        keep = pc.and_(keep, pc.fill_null(pc.greater(pc.utf8_length(array), 0), False))
    return array.filter(keep)


def _counted(values: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Return the different values and how often each is there, the most frequent first."""
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
    """Return why an example cannot hold the column, or nothing."""
    if column.kind == "nested" and column.type != '"NULL"':
        return f"values of the type {shorten(column.type, 30)}, which no example holds"
    if column.kind == "integer" and max(abs(total.low or 0), abs(total.high or 0)) >= 2**63:
        return "integers beyond 64 bits, which no example holds"
    try:
        to_lists(pa.RecordBatch.from_arrays([array], names=[column.name]))
    except (DataError, pa.ArrowException) as error:
        said = f"{error.received}" if isinstance(error, DataError) else str(error)
        return f"{shorten(said, 50)}, which no example holds"
    return ""
