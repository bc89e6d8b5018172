"""Columns as a model's signature takes them: numbers with NaN, or text with "", where a value is missing."""

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


@dataclass(frozen=True)
class Located:
    """An input of a model, and the column of a file that holds its values.

    Attributes:
        input: The input.
        column: The column; of what is computed from others, the first of them.
        is_computed: Whether the input is computed from columns of the file.
    """

    input: Input
    column: str
    is_computed: bool = False

    @property
    def is_taken(self) -> bool:
        """Whether the file has to bring what training computes."""
        return bool(self.input.role) and self.input.source is None and not self.is_computed


def locate(document: Document, names: Sequence[str], *, table: str, reader: str) -> tuple[Located, ...]:
    """Return the column of the file for each input, in the order of the inputs.

    Args:
        document: What the model reads.
        names: The columns that there are.
        table: What a sentence calls the file.
        reader: What a sentence calls the model.

    Raises:
        DataError: Columns are missing, and the sentence names all of them; or several may be meant.
    """
    present = set(names)
    computed = {each.name for each in document.inputs if each.sql and {need.name for need in each.needs} <= present}
    own = {wanted.name: _of_own_name(document, wanted, names) for wanted in document.inputs}
    taken = {name for candidates in own.values() for name in candidates}
    spare = [name for name in names if name not in taken]
    found: list[Located] = []
    missing: list[str] = []
    for wanted in document.inputs:
        if wanted.name in computed:
            # Also where the file has a column of its name: with the columns of the source it is like the source.
            found.append(Located(wanted, wanted.needs[0].name if wanted.needs else names[0], is_computed=True))
            continue
        candidates = own[wanted.name] or _of_served_name(document, wanted, spare)
        if len(candidates) > 1:
            shown = " and ".join(map(repr, candidates))
            expected = f"one column for {wanted.name!r}, which {reader} reads"
            raise DataError(table, expected, shown, "rename or drop one of them")
        if candidates:
            found.append(Located(wanted, candidates[0]))
        else:
            missing += _lacking(document, wanted, names)
    if missing:
        spare = [name for name in spare if name not in {each.column for each in found}]
        received = ", ".join(f"no {name!r}{did_you_mean(name, spare)}" for name in dict.fromkeys(missing))
        remedy = f"add or rename the column{'s' if len(missing) > 1 else ''}"
        raise DataError(table, f"the {len(document.inputs)} columns that {reader} reads", received, remedy)
    return tuple(found)


def _lacking(document: Document, wanted: Input, names: Sequence[str]) -> list[str]:
    """Return the columns that a file lacks for an input: of one that replaces a column, what it is computed from."""
    if wanted.sql and wanted.name in document.sources:
        return [need.name for need in wanted.needs if need.name not in names]
    return [wanted.name]


def _of_own_name(document: Document, wanted: Input, names: Sequence[str]) -> list[str]:
    """Return the columns named as the input is in the source of the training, or after its query."""
    if wanted.sql and wanted.name in document.sources:
        return []  # The column of this name is not yet what the query makes of it.
    if wanted.source in names and wanted.name in document.sources:
        # The source has another column of this name, so that a file with both looks like the source.
        return [str(wanted.source)]
    return [name for name in dict.fromkeys((wanted.source, wanted.name)) if name is not None and name in names]


def _of_served_name(document: Document, wanted: Input, names: Sequence[str]) -> list[str]:
    """Return the columns that may be meant by the input's name in the signature."""
    if wanted.input in names:
        return [wanted.input]
    if document.sources:
        return []  # The model says what its columns are called, and no other name is theirs.
    inputs = {each.input for each in document.inputs}
    rest = names
    for change in (hexadecimal_name, spelled_name, served_name):
        found = [name for name in rest if change(name) == wanted.input]
        if found:
            return found
        # What is another input's by a change that loses less is not this one's.
        rest = [name for name in rest if change(name) not in inputs]
    return []
