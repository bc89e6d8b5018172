"""Arrow record batches as serialized tf.Examples: the types of a table become int64, float32 and bytes.

A missing value (null, NaN, infinity or empty text) becomes a feature without a kind, which TensorFlow Data Validation
counts as missing. Empty text is missing because CSV files and requests to a served model have no other missing text.
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
from penstock.tables.examples.shards import Plan, read_shard
from penstock.tables.splits import Splits
from penstock.tables.splitting import assign
from penstock.tables.sql import quoted
from penstock.tables.table import Table

# One thread encodes while one compresses, and DuckDB reads ahead; more threads only need more memory.
_THREADS = 2
_LEAVE_OUT = "leave the column out by a query, such as SELECT * EXCLUDE ({}) FROM source"


def serialize(batch: pa.RecordBatch) -> pa.BinaryArray:
    """Return one serialized tf.Example per row."""
    return encode(to_lists(batch))


def to_lists(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with every column as lists of int64, float32 or bytes, null if a value is missing.

    Raises:
        DataError: An example cannot contain a column: nested values, intervals, integers beyond 64 bits.
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
    """Return single values with the types of examples: int64, float32 or binary, null if missing.

    Raises:
        DataError: The column has values that an example cannot contain.
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
        # A mean over infinity is not finite, so that infinity is treated as NaN.
        missing = missing | ~np.isfinite(values.to_numpy(zero_copy_only=False))
    return missing | (lengths_of(values) == 0) if pa.types.is_binary(values.type) else missing


def _multivalued(name: str, array: pa.Array) -> pa.Array:
    missing = array.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_fixed_size_list(array.type):
        lengths = np.where(missing, 0, array.type.list_size)
    else:
        lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy()
    # Arrow cannot flatten lists of a fixed length if all are missing.
    values = array.flatten() if not missing.all() else pa.array([], array.type.value_type)
    values = _converted(name, values)
    if values.null_count and pa.types.is_floating(values.type):
        # NaN keeps the positions of the other values.
        values = pc.fill_null(values, math.nan)
    if values.null_count:
        remedy = f"remove them by a query, such as list_filter({quoted(name)}, x -> x IS NOT NULL)"
        raise DataError(f"the column {name!r}", "lists of values", "a list with a missing value", remedy)
    return _lists(lengths, values, missing)


def _lists(lengths: np.ndarray, values: pa.Array, missing: np.ndarray) -> pa.Array:
    """Return the values as one list per row; a null offset makes a list null."""
    starts = np.concatenate(([0], np.cumsum(lengths, dtype=np.int32)), dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(starts, mask=np.append(missing, False)), values)


def _converted(name: str, array: pa.Array) -> pa.Array:
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _converted(name, array.cast(kind.value_type))
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return array.cast(pa.int64())
    if pa.types.is_decimal(kind):
        # DuckDB returns its 128-bit integers, such as sums, as decimals without a fraction.
        # A direct cast to 32 bits sometimes rounds the last digit wrongly in Arrow.
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
    """Write the table as TFRecord files, in `Split-NAME/` for each split, and return the number of rows in each.

    Raises:
        DataError: A row cannot be read or encoded, the disk is full, or a split would be empty; then no file is left.
    """
    assigned = assign(splits, table)
    with _files(folder, assigned.names, compress=compress) as files:
        counts = _fill(files, table.batches(assigned.sql))
        require_rows(table, counts)
    return counts


def write_shard(plan: Plan, number: int, names: Sequence[str], folder: Path) -> dict[str, int]:
    """Write one shard of a table as a file for each split, and return the number of rows in each."""
    with _files(folder, names, number=number, total=len(plan.shards)) as files:
        return _fill(files, read_shard(plan, plan.shards[number]))


@contextmanager
def _files(
    folder: Path, names: Sequence[str], *, number: int = 0, total: int = 1, compress: bool = True
) -> Iterator[dict[str, RecordFile]]:
    """Open a file for each split; they are renamed to their names when the block ends without an error."""
    name = f"data_tfrecord-{number:05}-of-{total:05}{'.gz' if compress else ''}"
    with ExitStack() as stack:
        yield {
            split: stack.enter_context(RecordFile(folder / f"Split-{split}" / name, compress=compress))
            for split in names
        }


def _fill(files: Mapping[str, RecordFile], batches: Iterable[pa.RecordBatch]) -> dict[str, int]:
    """Append batches, whose last column is the position of a row's split, and return the rows of each split."""
    compress = all(file.compress for file in files.values())
    with ThreadPoolExecutor(_THREADS) as pool:
        for batch_parts in _ahead(pool, partial(parts, number=len(files), compress=compress), batches):
            for file, part in zip(files.values(), batch_parts, strict=True):
                file.append(part)
    return {split: file.count for split, file in files.items()}


def parts(batch: pa.RecordBatch, *, number: int, compress: bool) -> list[Part]:
    """Return a part for each of `number` splits: the rows whose last column is the split's position."""
    position = batch.column(batch.num_columns - 1)
    rows = pa.RecordBatch.from_arrays(batch.columns[:-1], names=batch.schema.names[:-1])
    examples = serialize(rows)
    return [Part.of(examples.filter(pc.equal(position, index)), compress=compress) for index in range(number)]


def _ahead(pool: ThreadPoolExecutor, work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
    """Yield `work(item)` in order, with a limited number of items in progress, which bounds the memory."""
    waiting: deque[Future[Any]] = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) > _THREADS:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def require_rows(table: Table, counts: Mapping[str, int]) -> None:
    """Raise a DataError if a split has no row."""
    empty = [name for name, count in counts.items() if not count]
    if not sum(counts.values()):
        received = "none" if table.query or table.files.kind == "Parquet" else "a header only"
        raise DataError(table.name, "at least one row", received, "add rows, or correct data.source or data.query")
    if empty:
        received = f"none of {sum(counts.values())} for {empty[0]}"
        raise DataError(table.name, "rows for every split", received, "add rows, or change data.split")
