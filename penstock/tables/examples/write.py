"""Arrow record batches as serialized tf.Examples: the types of a table become int64, float32 and bytes.

A missing value (null, NaN, infinity or empty text) becomes a feature without a kind, which TensorFlow Data Validation
counts as missing. Empty text is missing because a CSV file, and a request to a served model, can say it no other way.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import DataError
from penstock.tables.examples.encoding import encode, lengths_of
from penstock.tables.examples.records import Part, RecordFile
from penstock.tables.examples.shards import Plan, read
from penstock.tables.shares import Splits
from penstock.tables.splitting import assign
from penstock.tables.sql import quoted
from penstock.tables.table import Table

# One encodes while one compresses, and the engine reads ahead; more would only need more memory.
_THREADS = 2
_LEAVE_OUT = "leave the column out by a query, such as SELECT * EXCLUDE ({}) FROM source"


def serialize(batch: pa.RecordBatch) -> pa.BinaryArray:
    """Return one serialized tf.Example per row."""
    return encode(to_lists(batch))


def to_lists(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with every column as lists of int64, float32 or bytes, null where a value is missing.

    Raises:
        DataError: A column holds what an example cannot: nested values, intervals, integers beyond 64 bits.
    """
    columns = [_column(field.name, batch.column(index)) for index, field in enumerate(batch.schema)]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _column(name: str, array: pa.Array) -> pa.Array:
    kind = array.type
    try:
        if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
            return _multivalued(name, array)
        values = _converted(name, array)
    except pa.ArrowInvalid as error:
        raise DataError(f"the column {name!r}", "values that fit 64 bits", str(error), _remedy(name)) from None
    missing = _missing(values)
    values = values.filter(pa.array(~missing)) if missing.any() else values
    return _lists(~missing, values, missing)


def values_of(name: str, array: pa.Array) -> pa.Array:
    """Return single values as examples hold them: int64, float32 or binary, null where missing.

    Raises:
        DataError: The column holds what an example cannot.
    """
    try:
        values = _converted(name, array)
    except pa.ArrowInvalid as error:
        raise DataError(f"the column {name!r}", "values that fit 64 bits", str(error), _remedy(name)) from None
    missing = _missing(values)
    return pc.if_else(pa.array(~missing), values, pa.scalar(None, values.type)) if missing.any() else values


def _missing(values: pa.Array) -> np.ndarray:
    missing: np.ndarray = pc.is_null(values).to_numpy(zero_copy_only=False)
    if pa.types.is_floating(values.type):
        # Infinity says no more than NaN of how much, and a mean of it is none.
        missing = missing | ~np.isfinite(values.to_numpy(zero_copy_only=False))
    return missing | (lengths_of(values) == 0) if pa.types.is_binary(values.type) else missing


def _multivalued(name: str, array: pa.Array) -> pa.Array:
    missing = array.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_fixed_size_list(array.type):
        lengths = np.where(missing, 0, array.type.list_size)
    else:
        lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy()
    # Arrow cannot flatten lists of a fixed length where each is missing.
    values = array.flatten() if not missing.all() else pa.array([], array.type.value_type)
    values = _converted(name, values)
    if values.null_count and pa.types.is_floating(values.type):
        # The others keep their places in the list.
        values = pc.fill_null(values, math.nan)
    if values.null_count:
        remedy = f"remove them by a query, such as list_filter({quoted(name)}, x -> x IS NOT NULL)"
        raise DataError(f"the column {name!r}", "lists of values", "a list with a missing value", remedy)
    return _lists(lengths, values, missing)


def _lists(lengths: np.ndarray, values: pa.Array, missing: np.ndarray) -> pa.Array:
    """Return the values as one list per row; a null start is how a list is made null."""
    starts = np.concatenate(([0], np.cumsum(lengths, dtype=np.int32)), dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(starts, mask=np.append(missing, False)), values)


def _converted(name: str, array: pa.Array) -> pa.Array:
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _converted(name, array.cast(kind.value_type))
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return array.cast(pa.int64())
    if pa.types.is_decimal(kind):
        # DuckDB hands its 128-bit integers, such as sums, over as decimals without a fraction.
        # Straight to 32 bits Arrow rounds the last digit wrongly now and then.
        return array.cast(pa.int64()) if kind.scale == 0 else array.cast(pa.float64()).cast(pa.float32())
    if pa.types.is_floating(kind) or pa.types.is_null(kind):
        return array.cast(pa.float32())
    if pa.types.is_date(kind):
        return array.cast(pa.timestamp("s")).cast(pa.int64())
    if pa.types.is_timestamp(kind):
        return pc.floor_temporal(array, unit="second").cast(pa.timestamp("s", kind.tz)).cast(pa.int64())
    if pa.types.is_time(kind):
        return array.cast(pa.string()).cast(pa.binary())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
        return array.cast(pa.binary())
    expected = "numbers, booleans, text, times, or lists of these"
    raise DataError(f"the column {name!r}", expected, str(kind), _remedy(name))


def _remedy(name: str) -> str:
    return _LEAVE_OUT.format(quoted(name))


def write(table: Table, splits: Splits, folder: Path, *, compress: bool = True) -> dict[str, int]:
    """Write the table's rows as TFRecord files, `Split-NAME/` for each split, and return the number of rows in each.

    Raises:
        DataError: A row cannot be read or encoded, the disk is full, or a split would be empty; no file is left then.
    """
    assigned = assign(splits, table)
    with _files(folder, assigned.names, compress=compress) as files:
        counts = _fill(files, table.batches(assigned.sql))
        require_rows(table, counts)
    return counts


def write_shard(made: Plan, number: int, names: Sequence[str], folder: Path) -> dict[str, int]:
    """Write one shard of a table as a file for each split, and return the number of rows in each."""
    with _files(folder, names, number=number, total=len(made.shards)) as files:
        return _fill(files, read(made, made.shards[number]))


@contextmanager
def _files(
    folder: Path, names: Sequence[str], *, number: int = 0, total: int = 1, compress: bool = True
) -> Iterator[dict[str, RecordFile]]:
    """Open a file for each split; they appear when the block ends well."""
    name = f"data_tfrecord-{number:05}-of-{total:05}{'.gz' if compress else ''}"
    with ExitStack() as stack:
        yield {
            split: stack.enter_context(RecordFile(folder / f"Split-{split}" / name, compress=compress))
            for split in names
        }


def _fill(files: Mapping[str, RecordFile], batches: Iterable[pa.RecordBatch]) -> dict[str, int]:
    """Append batches, whose last column is the position of a row's split, and return the number of rows in each."""
    compress = all(file.compress for file in files.values())
    with ThreadPoolExecutor(_THREADS) as pool:
        for made in _ahead(pool, partial(parts, number=len(files), compress=compress), batches):
            for file, part in zip(files.values(), made, strict=True):
                file.append(part)
    return {split: file.count for split, file in files.items()}


def parts(batch: pa.RecordBatch, *, number: int, compress: bool) -> list[Part]:
    """Return a part of each of `number` splits: the rows whose last column holds the split's position."""
    position = batch.column(batch.num_columns - 1)
    rows = pa.RecordBatch.from_arrays(batch.columns[:-1], names=batch.schema.names[:-1])
    examples = serialize(rows)
    return [Part.of(examples.filter(pc.equal(position, index)), compress=compress) for index in range(number)]


def _ahead(pool: ThreadPoolExecutor, work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
    """Yield `work` of each item, in order, with a few of them under way: memory is bounded by so many batches."""
    waiting: deque[Future[Any]] = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) > _THREADS:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def require_rows(table: Table, counts: Mapping[str, int]) -> None:
    """Raise a DataError where a split has no row."""
    empty = [name for name, count in counts.items() if not count]
    if not sum(counts.values()):
        received = "none" if table.query or table.files.kind == "Parquet" else "a header only"
        raise DataError(table.name, "at least one row", received, "add rows, or mend data.source or data.query")
    if empty:
        received = f"none of {sum(counts.values())} for {empty[0]}"
        raise DataError(table.name, "rows for every split", received, "add rows, or change data.split")
