"""Columns in the form of a model's signature: missing values are NaN in numbers and "" in text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import DataError
from penstock.core.features import hexadecimal_name, served_name, spelled_name
from penstock.core.text import did_you_mean
from penstock.serving.model.document import Document, Input
from penstock.tables.examples.write import values_of


class UnreadableValue(ValueError):
    """A value that cannot be converted to the type of its input.

    Attributes:
        position: Its position in the column, from 0.
    """

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


def as_examples(name: str, column: pa.Array) -> pa.Array:
    """Return a column with the types of examples: int64, float32 or binary, null if missing.

    Raises:
        UnreadableValue: The first value that examples cannot represent.
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
    """Return values of examples as float64, NaN if missing.

    Raises:
        UnreadableValue: The first value, if the column is text.
    """
    if pa.types.is_binary(values.type):
        if values.null_count < len(values):
            raise UnreadableValue(int(np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False))[0]))
        return np.full(len(values), np.nan)
    # An integer above 2**53 is rounded to the nearest float; a model that needs all of its digits takes text.
    as_float: np.ndarray = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return as_float


def texts(values: pa.Array) -> np.ndarray:
    """Return values of examples as an array of bytes in UTF-8; numbers by their digits."""
    if not pa.types.is_binary(values.type):
        values = values.cast(pa.string()).cast(pa.binary())
    as_bytes: np.ndarray = pc.fill_null(values, b"").to_numpy(zero_copy_only=False)
    return as_bytes


def vectors(column: pa.Array, width: int, *, whole: bool = False) -> np.ndarray:
    """Return lists of `width` numbers as float64 [rows, width], NaN for missing values; text is parsed as JSON.

    Args:
        column: The lists.
        width: The numbers in each.
        whole: Whether the numbers are whole, and no number in a list may be missing.

    Raises:
        UnreadableValue: The first value that is not such a list.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _lists_of_text(column)
    matrix = np.full((len(column), width), np.nan)
    if column.null_count == len(column):
        return matrix
    lengths = _list_lengths(column)
    # Some writers write a missing list as an empty one.
    fits = (lengths == width) | (lengths == 0)
    if not fits.all():
        raise UnreadableValue(int(np.flatnonzero(~fits)[0]))
    if lengths.any():
        matrix[lengths > 0] = numbers(_single(column, lengths)).reshape(-1, width)
    if whole and (fractional := _is_not_whole(matrix)).any():
        raise UnreadableValue(int(np.flatnonzero(fractional)[0]))
    return matrix


def lists(matrix: np.ndarray, *, whole: bool = False) -> pa.Array:
    """Return the rows of a matrix as lists; a row without any value is null."""
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
    # NaN is unequal to itself, so a row with some missing numbers is not whole.
    fractional: np.ndarray = (matrix != np.round(matrix)).any(axis=1) & ~np.isnan(matrix).all(axis=1)
    return fractional


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
            parsed = json.loads(text) if text and text.strip() else None
            lists.append(parsed if parsed is None else pa.array(parsed, pa.float64()).to_pylist())
        except (ValueError, TypeError, pa.ArrowException):
            raise UnreadableValue(position) from None
    return pa.array(lists, pa.list_(pa.float64()))


@dataclass(frozen=True)
class InputColumn:
    """An input of a model, and the column of a file with its values.

    Attributes:
        input: The input.
        column: The column; for a computed input, the first column that it is computed from.
        is_computed: Whether the input is computed from columns of the file.
    """

    input: Input
    column: str
    is_computed: bool = False

    @property
    def replaces_computation(self) -> bool:
        """Whether a column of the file replaces a value that the query of training computes."""
        return bool(self.input.role) and self.input.source is None and not self.is_computed


def match_columns(document: Document, names: Sequence[str], *, table: str, reader: str) -> tuple[InputColumn, ...]:
    """Return the column of the file for each input, in the order of the inputs.

    Args:
        document: The inputs of the model.
        names: The columns of the file.
        table: The name of the file in error messages.
        reader: The name of the model in error messages.

    Raises:
        DataError: Columns are missing, and the error names all of them; or several columns match one input.
    """
    present = set(names)
    computed = {each.name for each in document.inputs if each.sql and {need.name for need in each.needs} <= present}
    by_name = {wanted.name: _by_name(document, wanted, names) for wanted in document.inputs}
    matched = {name for candidates in by_name.values() for name in candidates}
    unmatched = [name for name in names if name not in matched]
    columns: list[InputColumn] = []
    missing: list[str] = []
    for wanted in document.inputs:
        if wanted.name in computed:
            # Even if the file has a column of this name: a file with the columns of the source is read like the source.
            columns.append(InputColumn(wanted, wanted.needs[0].name if wanted.needs else names[0], is_computed=True))
            continue
        candidates = by_name[wanted.name] or _by_served_name(document, wanted, unmatched)
        if len(candidates) > 1:
            shown = " and ".join(map(repr, candidates))
            expected = f"one column for {wanted.name!r}, which {reader} reads"
            raise DataError(table, expected, shown, "rename or drop one of them")
        if candidates:
            columns.append(InputColumn(wanted, candidates[0]))
        else:
            missing += _lacking(document, wanted, names)
    if missing:
        unmatched = [name for name in unmatched if name not in {each.column for each in columns}]
        received = ", ".join(f"no {name!r}{did_you_mean(name, unmatched)}" for name in dict.fromkeys(missing))
        remedy = f"add or rename the column{'s' if len(missing) > 1 else ''}"
        raise DataError(table, f"the {len(document.inputs)} columns that {reader} reads", received, remedy)
    return tuple(columns)


def _lacking(document: Document, wanted: Input, names: Sequence[str]) -> list[str]:
    """Return the columns that a file lacks for an input; if it replaces a column, those that it is computed from."""
    if wanted.sql and wanted.name in document.sources:
        return [need.name for need in wanted.needs if need.name not in names]
    return [wanted.name]


def _by_name(document: Document, wanted: Input, names: Sequence[str]) -> list[str]:
    """Return the columns with the name of the input in the source of training, or after its query."""
    if wanted.sql and wanted.name in document.sources:
        return []  # The query replaces the column of this name.
    if wanted.source in names and wanted.name in document.sources:
        # The source has another column of this name, so a file with both is like the source.
        return [str(wanted.source)]
    return [name for name in dict.fromkeys((wanted.source, wanted.name)) if name is not None and name in names]


def _by_served_name(document: Document, wanted: Input, names: Sequence[str]) -> list[str]:
    """Return the columns that may match the name of the input in the signature."""
    if wanted.input in names:
        return [wanted.input]
    if document.sources:
        return []  # The document lists the names of all columns.
    inputs = {each.input for each in document.inputs}
    rest = names
    for change in (hexadecimal_name, spelled_name, served_name):
        candidates = [name for name in rest if change(name) == wanted.input]
        if candidates:
            return candidates
        # A column that matches another input by a change that loses less does not match this one.
        rest = [name for name in rest if change(name) not in inputs]
    return []
