"""Arrow record batches as serialized tf.Examples: the types of a table become int64, float32 and bytes.

A missing value (null, NaN or empty text) becomes a feature without a kind, which TensorFlow Data Validation counts as
missing. Empty text is missing because a CSV file, and a request to a served model, can say it no other way.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import DataError
from tables.reading import quoted
from tables.records import RecordFile
from tables.shares import Splits
from tables.source import Table
from tables.splitting import assign

_LEAVE_OUT = "leave the column out by a query, such as SELECT * EXCLUDE ({}) FROM source"


def serialize(batch: pa.RecordBatch) -> list[bytes]:
    """Return one serialized tf.Example per row."""
    from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

    if not batch.num_rows:
        return []
    encoded: list[bytes] = RecordBatchToExamplesEncoder(None).encode(to_lists(batch))
    return encoded


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
    missing = pc.is_null(values, nan_is_null=True)
    if pa.types.is_binary(values.type):
        missing = pc.or_(missing, pc.fill_null(pc.equal(values, pa.scalar(b"")), False))
    present = pc.invert(missing)
    return _lists(pc.cast(present, pa.int32()), values.filter(present), missing)


def _multivalued(name: str, array: pa.Array) -> pa.Array:
    missing = pc.is_null(array)
    if pa.types.is_fixed_size_list(array.type):
        lengths = pc.if_else(missing, 0, array.type.list_size)
    else:
        lengths = pc.fill_null(pc.list_value_length(array), 0)
    values = array.flatten()
    if values.null_count:
        remedy = f"remove them by a query, such as list_filter({quoted(name)}, x -> x IS NOT NULL)"
        raise DataError(f"the column {name!r}", "lists of values", "a list with a missing value", remedy)
    return _lists(lengths, _converted(name, values), missing)


def _lists(lengths: pa.Array, values: pa.Array, missing: pa.Array) -> pa.Array:
    ends = pc.cumulative_sum(pc.cast(lengths, pa.int32()))
    starts = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    if pc.any(missing).as_py():
        # A null start marks a null list, which is how the encoder is told that the value is missing.
        starts = pc.if_else(pa.concat_arrays([missing, pa.array([False])]), pa.scalar(None, pa.int32()), starts)
    return pa.ListArray.from_arrays(starts, values)


def _converted(name: str, array: pa.Array) -> pa.Array:
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _converted(name, array.cast(kind.value_type))
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return array.cast(pa.int64())
    if pa.types.is_decimal(kind):
        # DuckDB hands its 128-bit integers, such as sums, over as decimals without a fraction.
        return array.cast(pa.int64() if kind.scale == 0 else pa.float32())
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
        DataError: A row cannot be read or encoded, or a split would be empty; no file is left then.
    """
    ending = ".gz" if compress else ""
    assigned = assign(splits, table)
    with ExitStack() as stack:
        files = [
            stack.enter_context(
                RecordFile(folder / f"Split-{name}" / f"data_tfrecord-00000-of-00001{ending}", compress=compress)
            )
            for name in assigned.names
        ]
        for batch in table.batches(assigned.sql):
            position = batch.column(batch.num_columns - 1)
            rows = pa.RecordBatch.from_arrays(batch.columns[:-1], names=batch.schema.names[:-1])
            for index, file in enumerate(files):
                file.write(serialize(rows.filter(pc.equal(position, index))))
        counts = {name: file.count for name, file in zip(assigned.names, files, strict=True)}
        require_rows(table, counts)
    return counts


def require_rows(table: Table, counts: Mapping[str, int]) -> None:
    """Raise a DataError where a split has no row."""
    empty = [name for name, count in counts.items() if not count]
    if not sum(counts.values()):
        received = "none" if table.query or table.files.kind == "Parquet" else "a header only"
        raise DataError(table.name, "at least one row", received, "add rows, or mend data.source or data.query")
    if empty:
        received = f"none of {sum(counts.values())} for {empty[0]}"
        raise DataError(table.name, "rows for every split", received, "add rows, or change data.split")
