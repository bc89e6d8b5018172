"""The formats in which scored rows are written: delimited text, JSON lines, Parquet."""

import json
from typing import Any, BinaryIO, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


class Writer(Protocol):
    """Writes record batches that all have the same columns."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Write some rows."""
        ...

    def close(self) -> None:
        """Write the end of the file; the stream stays open."""
        ...


class DelimitedWriter:
    """CSV or TSV with a header; only values that need quotes get them."""

    def __init__(self, stream: BinaryIO, delimiter: str, *, header: bool = True) -> None:
        self._stream = stream
        self._delimiter = delimiter
        self._has_header = not header

    def write(self, batch: pa.RecordBatch) -> None:
        """Write some rows, with the header before the first."""
        if not self._has_header:
            header = pa.RecordBatch.from_arrays([pa.array([name]) for name in batch.schema.names], batch.schema.names)
            self._write(header)
            self._has_header = True
        self._write(batch)

    def close(self) -> None:
        """Do nothing: delimited text has no footer."""

    def _write(self, batch: pa.RecordBatch) -> None:
        columns = [self._text(column) for column in batch.columns]
        lines = pc.binary_join_element_wise(*columns, self._delimiter, null_handling="replace", null_replacement="")
        self._stream.write("\n".join([*lines.to_pylist(), ""]).encode())

    def _text(self, column: pa.Array) -> pa.Array | pa.Scalar:
        """Return the texts of a column; one text if the column has one value in all rows."""
        if pa.types.is_dictionary(column.type) and len(column.dictionary) == 1 and not column.null_count:
            return self._quoted(as_text(column.dictionary))[0]
        return self._quoted(as_text(column))

    def _quoted(self, column: pa.Array) -> pa.Array:
        special = pc.match_substring_regex(column, f'["\r\n{self._delimiter}]')
        if not pc.any(special).as_py():
            return column
        doubled = pc.replace_substring(column, '"', '""')
        return pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), column)


class JsonWriter:
    """JSON lines: one object per row, with null for missing values."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, batch: pa.RecordBatch) -> None:
        """Write some rows."""
        names = batch.schema.names
        columns = [_as_json(column).to_pylist() for column in batch.columns]
        encode = json.JSONEncoder(ensure_ascii=False, default=_plain).encode
        lines = [encode(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]
        self._stream.write("\n".join([*lines, ""]).encode())

    def close(self) -> None:
        """Do nothing: JSON lines have no footer."""


class ParquetWriter:
    """Parquet with the types that the rows have."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._writer: Any = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Write some rows as a row group."""
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._stream, batch.schema)
        self._writer.write_batch(batch)

    def close(self) -> None:
        """Write the footer."""
        if self._writer is not None:
            self._writer.close()


class ArrowWriter:
    """An Arrow file with the types that the rows have, compressed."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._writer: Any = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Write some rows as a batch."""
        columns = [each.dictionary_decode() if pa.types.is_dictionary(each.type) else each for each in batch.columns]
        batch = pa.RecordBatch.from_arrays(columns, batch.schema.names)
        if self._writer is None:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._writer = pa.ipc.new_file(self._stream, batch.schema, options=options)
        self._writer.write_batch(batch)

    def close(self) -> None:
        """Write the footer."""
        if self._writer is not None:
            self._writer.close()


def as_text(column: pa.Array) -> pa.Array:
    """Return a column as text: numbers in their shortest form, nested values as JSON."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.cast(kind.value_type))
    if pa.types.is_string(kind):
        return column
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return column.cast(pa.string())
    values = _as_json(column).to_pylist()
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _text(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return str(_plain(value))


def _plain(value: Any) -> Any:
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)


def _as_json(column: pa.Array) -> pa.Array:
    """Return a column with numbers that JSON can represent: finite, and a float32 in its shortest form."""
    kind = column.type
    if pa.types.is_list(kind) and pa.types.is_float32(kind.value_type) and not column.null_count:
        return pa.ListArray.from_arrays(column.offsets, _as_json(column.values))
    if not pa.types.is_floating(kind):
        return column
    finite = pc.if_else(pc.is_finite(column), column, pa.scalar(None, kind))
    return finite.cast(pa.string()).cast(pa.float64()) if pa.types.is_float32(kind) else finite
