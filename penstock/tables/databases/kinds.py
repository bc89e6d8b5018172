"""The kinds of the values of a column, and the error for a column with values of several kinds."""

import datetime
import decimal
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from penstock.core.errors import DataError
from penstock.core.text import shorten
from penstock.core.urls import scheme_of
from penstock.tables.input import Input
from penstock.tables.sql import quoted

NUMBERS, TEXT, BYTES = "numbers", "text", "bytes"
# The first kind that fits counts: a bool is an int too, and a datetime a date.
_BY_TYPE: tuple[tuple[Any, str], ...] = (
    (bool, "true and false"),
    ((int, float, decimal.Decimal), NUMBERS),
    ((bytes, bytearray, memoryview), BYTES),
    (datetime.datetime, "dates with times"),
    (datetime.date, "dates"),
    (datetime.time, "times of day"),
    (datetime.timedelta, "durations"),
)
_BY_ARROW = (
    (pa.types.is_boolean, "true and false"),
    (lambda kind: pa.types.is_integer(kind) or pa.types.is_floating(kind), NUMBERS),
    (pa.types.is_string, TEXT),
    (pa.types.is_binary, BYTES),
    (pa.types.is_timestamp, "dates with times"),
    (pa.types.is_date, "dates"),
    (pa.types.is_time, "times of day"),
    (pa.types.is_duration, "durations"),
)
_LISTS = {list, tuple}
# SQLite's names of the kinds that its columns may mix.
_SQLITE = {NUMBERS: "IN ('integer', 'real')", TEXT: "= 'text'", BYTES: "= 'blob'"}


@dataclass
class Place:
    """Where the values of a batch are.

    Attributes:
        source: The table or the query.
        first: The number of rows before the batch.
        kinds: The kind of each column in the rows before.
    """

    source: Input
    first: int = 0
    kinds: dict[str, str] = field(default_factory=dict)


def kind_of(value: Any) -> str:
    """Return the kind of a value that is not missing."""
    if isinstance(value, list | tuple):
        within = {kind_of(each) for each in value if each is not None}
        return f"lists of {within.pop()}" if len(within) == 1 else "lists of several kinds" if within else "lists"
    return next((kind for types, kind in _BY_TYPE if isinstance(value, types)), TEXT)


def are_several(types: Set[type]) -> bool:
    """Say whether values of these types have several kinds; those of JSON become text together."""
    if dict in types:
        return False
    kinds = {next((kind for known, kind in _BY_TYPE if issubclass(each, known)), TEXT) for each in types - _LISTS}
    return len(kinds) + bool(types & _LISTS) > 1


def kind_of_type(kind: pa.DataType) -> str:
    """Return the kind of the values of an Arrow type; empty if it does not say, as for missing values alone."""
    if pa.types.is_list(kind):
        within = kind_of_type(kind.value_type)
        return f"lists of {within}" if within else "lists"
    return next((found for fits, found in _BY_ARROW if fits(kind)), "")


def check_kind(name: str, values: Sequence[Any], array: pa.Array, place: Place) -> None:
    """Raise a DataError if a column of a batch has another kind than in the rows before; remember it otherwise."""
    kind = kind_of_type(array.type)
    before = place.kinds.get(name) or kind
    if before == "lists" and kind.startswith(before):
        before = kind  # only empty lists before
    if kind and kind != before and not (kind == "lists" and before.startswith(kind)):
        expected = f"{before}, as the {place.first:,} rows before have"
        row = next(row for row, value in enumerate(values) if value is not None and kind_of(value) != before)
        raise _error(name, expected, (row, values[row]), before, place)
    place.kinds[name] = before


def fault(name: str, values: Sequence[Any], place: Place) -> DataError | None:
    """Return the error for values that have several kinds, or numbers of more than 64 bits; None if neither is so."""
    kinds = Counter(kind_of(value) for value in values if value is not None)
    if len(kinds) > 1:
        # The rows before decide, then most rows of the batch.
        usual = place.kinds.get(name) or kinds.most_common(1)[0][0]
        row = next(row for row, value in enumerate(values) if value is not None and kind_of(value) != usual)
        expected = f"{usual}, as {kinds[usual]:,} of {kinds.total():,} values are"
        return _error(name, expected, (row, values[row]), usual, place)
    for row, value in enumerate(values):
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            remedy = "cast the column to text or to a float in data.query"
            return DataError(_where(name, row, place), "whole numbers of at most 64 bits", f"{value}", remedy)
    return None


def _error(name: str, expected: str, found: tuple[int, Any], usual: str, place: Place) -> DataError:
    row, value = found
    shown = "some bytes" if kind_of(value) == BYTES else shorten(repr(value), 40)
    remedy = "cast it to one type in data.query, or leave such rows out there"
    if scheme_of(place.source.source) == "sqlite" and usual in _SQLITE:
        column = quoted(name)
        remedy = f"leave such rows out in data.query with WHERE typeof({column}) {_SQLITE[usual]}"
        remedy += "" if usual == TEXT else f", or make all text with CAST({column} AS TEXT)"
    return DataError(_where(name, row, place), expected, f"{shown} ({kind_of(value)})", remedy)


def _where(name: str, row: int, place: Place) -> str:
    return f"row {place.first + row + 1:,} of {place.source.name}: the column {name!r}"
