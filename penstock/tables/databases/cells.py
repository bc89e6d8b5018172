"""Values of a database driver as Arrow arrays, with one type per column in all batches."""

import datetime
import decimal
import json
from collections.abc import Sequence, Set
from typing import Any

import pyarrow as pa

from penstock.core.errors import DataError
from penstock.core.text import shorten
from penstock.tables.databases.kinds import Place, are_several, check_kind, fault

CAST = "cast it in data.query"
_UTC = pa.timestamp("us", "UTC")
# The types that Arrow converts; any other, such as a UUID or a network address, becomes text.
_KNOWN = {
    bool, int, float, str, bytes, bytearray, memoryview, datetime.date, datetime.datetime, datetime.time,
    datetime.timedelta, decimal.Decimal, list, tuple, dict,
}  # fmt: skip


def to_array(name: str, values: Sequence[Any], place: Place) -> pa.Array:
    """Return the values of one column.

    Args:
        name: The column.
        values: Its values in a batch.
        place: Where they are; it gets the kind of the column.

    Raises:
        DataError: The values have several kinds, also compared with the rows before, or do not fit 64 bits.
    """
    types = set(map(type, values)) - {type(None)}
    # Arrow makes bytes of bytes and text together.
    if are_several(types) and (several := fault(name, values, place)):
        raise several
    try:
        array = pa.array(_convertible(values, types))
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        what, received = f"the column {name!r} of {place.source.name}", shorten(str(error))
        other = DataError(what, "values of one kind, at most 64 bits wide", received, CAST)
        raise fault(name, values, place) or other from None
    check_kind(name, values, array, place)
    if pa.types.is_list(array.type) and array.flatten().null_count and not pa.types.is_null(array.type.value_type):
        remedy = "take it out in data.query"
        raise DataError(f"the column {name!r}", "lists of values", "a list with a missing value", remedy)
    return array.cast(_UTC) if pa.types.is_timestamp(array.type) and array.type.tz else array


def common_type(name: str, first: pa.DataType, second: pa.DataType) -> pa.DataType:
    """Return the common type of two types.

    Raises:
        DataError: There is no common type.
    """
    kinds = pa.types
    if first == second or kinds.is_null(second):
        return first
    if kinds.is_null(first):
        return second
    if {first, second} == {pa.int64(), pa.float64()}:
        return pa.float64()
    if kinds.is_list(first) and kinds.is_list(second):
        return pa.list_(common_type(name, first.value_type, second.value_type))
    raise DataError(f"the column {name!r}", "values of one kind", f"{first} and {second}", CAST)


def _convertible(values: Sequence[Any], kinds: Set[type]) -> Sequence[Any]:
    """Return the values of some types as Arrow accepts them, unchanged if all have types of Arrow."""
    if kinds & {list, tuple}:
        return _lists(values)
    if dict in kinds:
        return [value if value is None else json.dumps(value, default=str) for value in values]
    if decimal.Decimal in kinds:
        return _numbers(values)
    if kinds == {int, float}:
        # Arrow refuses whole numbers beyond 2^53 among floats, and later batches would round them.
        return [value if value is None else float(value) for value in values]
    if kinds - _KNOWN:
        return [value if value is None else str(value) for value in values]
    return values


def _lists(values: Sequence[Any]) -> Sequence[Any]:
    within = {type(item) for value in values if value for item in value}
    if dict in within:
        return [value if value is None else json.dumps(value, default=str) for value in values]
    if decimal.Decimal in within:
        flat = iter(_numbers([item for value in values if value for item in value]))
        return [value if value is None else [next(flat) for _ in value] for value in values]
    return values


def _numbers(values: Sequence[Any]) -> list[Any]:
    """Return decimals as integers if all are whole, otherwise as floats: the numbers of examples."""
    decimals = [value for value in values if isinstance(value, decimal.Decimal)]
    whole = all(value.is_finite() and value.as_tuple().exponent >= 0 for value in decimals)  # type: ignore[operator]
    if whole and all(-(2**63) <= value < 2**63 for value in decimals):
        return [int(value) if isinstance(value, decimal.Decimal) else value for value in values]
    return [float(value) if isinstance(value, decimal.Decimal) else value for value in values]
