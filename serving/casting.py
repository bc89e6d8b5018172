"""Arrow columns as a model's signature takes them: numbers with NaN, or text with "", where a value is missing."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


class UnreadableValue(ValueError):
    """A value that cannot be given to the model as it wants the column.

    Attributes:
        position: Where in the column it is, from 0.
        value: What it says.
    """

    def __init__(self, position: int, value: str) -> None:
        super().__init__(position, value)
        self.position = position
        self.value = value


def numbers(column: pa.Array) -> np.ndarray:
    """Return the column as float64: booleans as 0 and 1, dates and times as seconds since 1970 in UTC.

    Raises:
        UnreadableValue: The first value that is none of these.
    """
    column = _decoded(column)
    kind = column.type
    if column.null_count == len(column):
        return np.full(len(column), np.nan)
    if pa.types.is_string(kind):
        column = _numbers_of_text(column)
    elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        column = _seconds(column)
    elif pa.types.is_boolean(kind):
        column = column.cast(pa.uint8())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise _unreadable(column, column.is_null())
    # An integer beyond 2**53 is rounded to its nearest float rather than refused.
    as_float: np.ndarray = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return as_float


def texts(column: pa.Array) -> np.ndarray:
    """Return the column as an array of bytes in UTF-8.

    Raises:
        UnreadableValue: The first value that has no plain text, such as a list.
    """
    column = _decoded(column)
    kind = column.type
    if pa.types.is_nested(kind) and column.null_count < len(column):
        raise _unreadable(column, column.is_null())
    if pa.types.is_decimal(kind) or pa.types.is_nested(kind):
        column = pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    if not pa.types.is_binary(kind):
        column = column.cast(pa.string()).cast(pa.binary())
    as_bytes: np.ndarray = pc.fill_null(column, b"").to_numpy(zero_copy_only=False)
    return as_bytes


def vectors(column: pa.Array, width: int) -> np.ndarray:
    """Return lists of so many numbers as float64 [rows, width], NaN for what is missing; text is read as JSON.

    Raises:
        UnreadableValue: The first value that is no such list.
    """
    column = _decoded(column)
    if pa.types.is_string(column.type):
        column = _lists_of_text(column)
    matrix = np.full((len(column), width), np.nan)
    if column.null_count == len(column):
        return matrix
    lengths = _list_lengths(column)
    # An empty list is how some writers say that there is none.
    fits = (lengths == width) | (lengths == 0)
    if not fits.all():
        raise _unreadable(column, pa.array(fits))
    try:
        matrix[lengths > 0] = numbers(column.flatten()).reshape(-1, width)
    except UnreadableValue as fault:
        row = int(np.searchsorted(np.cumsum(lengths), fault.position, side="right"))
        raise UnreadableValue(row, str(column[row].as_py())) from None
    return matrix


def _list_lengths(column: pa.Array) -> np.ndarray:
    """Return the length of each list, 0 for a missing one."""
    if pa.types.is_fixed_size_list(column.type):
        return np.where(column.is_valid(), column.type.list_size, 0)
    if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
        raise _unreadable(column, column.is_null())
    lengths: np.ndarray = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    return lengths


def _lists_of_text(column: pa.Array) -> pa.Array:
    """Return lists from text such as `[1, 2.5, null]`; empty text is missing."""
    lists = []
    for position, text in enumerate(column.to_pylist()):
        try:
            found = json.loads(text) if text and text.strip() else None
            lists.append(found if found is None else pa.array(found, pa.float64()).to_pylist())
        except (ValueError, TypeError, pa.ArrowException):
            raise UnreadableValue(position, text) from None
    return pa.array(lists, pa.list_(pa.float64()))


def _decoded(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(pa.string()) if pa.types.is_large_string(column.type) else column


def _numbers_of_text(column: pa.Array) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(column)
    trimmed = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    parsed = _parsed(trimmed)
    if parsed is not None:
        return parsed
    values = [pa.array([value], pa.string()) for value in trimmed.to_pylist()]
    readable = [_parsed(value) is not None for value in values]
    if all(readable):  # Numbers beside times: the times are what is odd.
        readable = [_cast(value, pa.float64()) is not None for value in values]
    raise _unreadable(column, pa.array(readable))


def _parsed(text: pa.Array) -> pa.Array | None:
    """Return numbers, or the seconds of times in ISO 8601, with an offset or in UTC; None where it is neither."""
    values = _cast(text, pa.float64())
    if values is not None:
        return values
    times = [_cast(text, pa.timestamp("us", zone)) for zone in (None, "UTC")]
    return next((_seconds(column) for column in times if column is not None), None)


def _cast(text: pa.Array, kind: pa.DataType) -> pa.Array | None:
    try:
        return text.cast(kind)
    except pa.ArrowInvalid:
        return None


def _seconds(column: pa.Array) -> pa.Array:
    if pa.types.is_date(column.type):
        return column.cast(pa.timestamp("s")).cast(pa.int64())
    whole = pc.floor_temporal(column, unit="second")
    return whole.cast(pa.timestamp("s", column.type.tz)).cast(pa.int64())


def _unreadable(column: pa.Array, readable: pa.Array) -> UnreadableValue:
    position = pc.index(readable, pa.scalar(False)).as_py()
    return UnreadableValue(position, str(column[position].as_py()))
