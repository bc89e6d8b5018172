"""Columns as a model's signature takes them: numbers with NaN, or text with "", where a value is missing."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import DataError
from tables.examples import values_of


class UnreadableValue(ValueError):
    """A value that cannot be given to the model as it wants the column.

    Attributes:
        position: Where in the column it is, from 0.
    """

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


def as_examples(name: str, column: pa.Array) -> pa.Array:
    """Return a column as examples hold it: int64, float32 or binary, null where missing.

    Raises:
        UnreadableValue: The first value that no example holds.
    """
    try:
        return values_of(name, column)
    except DataError:
        for position in range(len(column)):
            try:
                values_of(name, column.slice(position, 1))
            except DataError:
                raise UnreadableValue(position) from None
        raise


def numbers(values: pa.Array) -> np.ndarray:
    """Return values of examples as float64, NaN where missing.

    Raises:
        UnreadableValue: The first value, where they are no numbers.
    """
    if pa.types.is_binary(values.type):
        if values.null_count < len(values):
            raise UnreadableValue(int(np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False))[0]))
        return np.full(len(values), np.nan)
    # An integer beyond 2**53 is rounded to its nearest float; a model that tells such apart takes text.
    as_float: np.ndarray = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return as_float


def texts(values: pa.Array) -> np.ndarray:
    """Return values of examples as an array of bytes in UTF-8; numbers by their digits."""
    if not pa.types.is_binary(values.type):
        values = values.cast(pa.string()).cast(pa.binary())
    as_bytes: np.ndarray = pc.fill_null(values, b"").to_numpy(zero_copy_only=False)
    return as_bytes


def vectors(column: pa.Array, width: int, *, whole: bool = False) -> np.ndarray:
    """Return lists of so many numbers as float64 [rows, width], NaN for what is missing; text is read as JSON.

    Args:
        column: The lists.
        width: The numbers in each.
        whole: Whether the numbers are whole, and none of a list may be missing.

    Raises:
        UnreadableValue: The first value that is no such list.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _lists_of_text(column)
    matrix = np.full((len(column), width), np.nan)
    if column.null_count == len(column):
        return matrix
    lengths = _list_lengths(column)
    # An empty list is how some writers say that there is none.
    fits = (lengths == width) | (lengths == 0)
    if not fits.all():
        raise UnreadableValue(int(np.flatnonzero(~fits)[0]))
    if lengths.any():
        matrix[lengths > 0] = numbers(_single(column, lengths)).reshape(-1, width)
    if whole and (odd := _is_not_whole(matrix)).any():
        raise UnreadableValue(int(np.flatnonzero(odd)[0]))
    return matrix


def lists(matrix: np.ndarray, *, whole: bool = False) -> pa.Array:
    """Return the rows of a matrix as lists, null where all of a row is missing."""
    missing = np.isnan(matrix).all(axis=1)
    values = matrix[~missing].reshape(-1).astype(np.int64 if whole else np.float32)
    starts = np.concatenate(([0], np.cumsum(~missing * matrix.shape[1], dtype=np.int32)), dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(starts, mask=np.append(missing, False)), pa.array(values))


def _single(column: pa.Array, lengths: np.ndarray) -> pa.Array:
    """Return the numbers of all lists."""
    kind = column.type.value_type
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    if not (is_number or pa.types.is_decimal(kind)):
        raise UnreadableValue(int(np.flatnonzero(lengths)[0]))
    return values_of("list", column.flatten())


def _is_not_whole(matrix: np.ndarray) -> np.ndarray:
    # NaN differs from itself, so that a missing number among others is not whole.
    odd: np.ndarray = (matrix != np.round(matrix)).any(axis=1) & ~np.isnan(matrix).all(axis=1)
    return odd


def _list_lengths(column: pa.Array) -> np.ndarray:
    """Return the length of each list, 0 for a missing one."""
    if pa.types.is_fixed_size_list(column.type):
        return np.where(column.is_valid(), column.type.list_size, 0)
    if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
        raise UnreadableValue(int(np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))[0]))
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
            raise UnreadableValue(position) from None
    return pa.array(lists, pa.list_(pa.float64()))
