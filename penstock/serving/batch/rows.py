"""The rows to score, from a file of any format: counted, named, and streamed in batches of bounded size.

DuckDB computes the inputs of the model in the same pass that reads the columns to write out.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from penstock.core.errors import DataError
from penstock.core.text import shorten
from penstock.serving.batch.json_rows import ENDINGS as JSON_ENDINGS
from penstock.serving.batch.json_rows import JsonRows
from penstock.serving.batch.reading import FileColumn, InputSql, input_sql
from penstock.serving.model.casting import InputColumn, match_columns
from penstock.serving.model.document import Document
from penstock.tables.connection import engine
from penstock.tables.files.faults import header_of, line_of
from penstock.tables.files.find import KINDS, Files, ending, find
from penstock.tables.files.reading import check_capitals, delimiter_of
from penstock.tables.sql import quoted
from penstock.tables.table import Table
from penstock.tables.values.conversion import retyped
from penstock.tables.values.interpretation import Interpretation

ENDINGS = (*KINDS, *JSON_ENDINGS)
NOTHING_TYPED = Interpretation(())
# Formats in which a typed value is written exactly as it was read; other columns are written out as text.
_ROUND_TRIP_FORMATS = ("integer", "number", "boolean", "date", "timestamp")


@dataclass(frozen=True)
class Batch:
    """Some rows: the columns to write out, and the inputs of the model.

    Attributes:
        rows: The columns to write out.
        values: The values of each input by its name; null if missing.
        invalid: For each input, by column of the file, whether the value in the file is invalid.
    """

    rows: pa.RecordBatch
    values: Mapping[str, pa.Array]
    invalid: Mapping[str, Mapping[str, pa.Array]]


def _expressions(inputs: Mapping[str, InputSql]) -> list[str]:
    """Return the SQL expressions of all inputs in a fixed order."""
    return [sql for each in inputs.values() for sql in (each.value, *each.invalid.values())]


def _batch(rows: pa.RecordBatch, inputs: Mapping[str, InputSql], columns: Sequence[pa.Array]) -> Batch:
    """Return rows with the results of their expressions, which are in the order of `_expressions`."""
    results = iter(columns)
    values, invalid = {}, {}
    for name, each in inputs.items():
        values[name] = next(results)
        invalid[name] = {column: next(results) for column in each.invalid}
    return Batch(rows, values, invalid)


@dataclass(frozen=True)
class Selection:
    """The columns of a table to write out, and the inputs of a model, as SQL over the columns of the table.

    Attributes:
        columns: The columns of the table with their types.
        wanted: The inputs of the model and their columns.
        typed: The formats in which columns of text are written out with types.
    """

    columns: Mapping[str, str]
    wanted: Sequence[InputColumn]
    typed: Interpretation = NOTHING_TYPED

    @property
    def names(self) -> tuple[str, ...]:
        """The columns to write out."""
        return tuple(self.columns)

    @cached_property
    def sql(self) -> str:
        """The SQL expressions to select next to the columns of the table."""
        typed = [retyped(column, "VARCHAR") for column in self.typed.columns]
        inputs = [sql for each in self._inputs.values() for sql in (each.value, *each.invalid.values())]
        return ", ".join(f"{sql} AS penstock_{position}" for position, sql in enumerate([*typed, *inputs]))

    def batch(self, selected: pa.RecordBatch) -> "Batch":
        """Return the rows and the inputs of selected rows: the columns of the table, then the results of `sql`."""
        rows = dict(zip(self.columns, selected.columns, strict=False))
        results = iter(selected.columns[len(rows) :])
        rows |= {column.name: next(results) for column in self.typed.columns}
        values, invalid = {}, {}
        for name, each in self._inputs.items():
            values[name] = next(results)
            invalid[name] = {column: next(results) for column in each.invalid}
        return Batch(pa.RecordBatch.from_arrays(list(rows.values()), list(rows)), values, invalid)

    @cached_property
    def _inputs(self) -> dict[str, InputSql]:
        return input_sql(self.wanted, {name: FileColumn(quoted(name), kind) for name, kind in self.columns.items()})


class Rows(Protocol):
    """The rows of a file, for scoring.

    Attributes:
        names: The columns of the file.
        count: The number of rows.
        wanted: The inputs of the model and their columns.
    """

    names: tuple[str, ...]
    count: int
    wanted: Sequence[InputColumn]

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in their order, at most `size` at a time."""
        ...

    def where(self, row: int, column: str) -> tuple[str, str]:
        """Return the place of a value (the file with the line or the row number, from 1) and the value as text."""
        ...


class TableRows:
    """The rows of a CSV, TSV or Parquet file."""

    def __init__(self, path: Path, table: Table, selection: Selection) -> None:
        """Take the table, and what is selected of it."""
        self.names = selection.names
        self.count = table.rows()
        self.wanted = selection.wanted
        self._path = path
        self._table = table
        self._selection = selection

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in their order, at most `size` at a time."""
        yield from map(self._selection.batch, rebatch(self._table.batches(self._selection.sql, size=size), size))

    def where(self, row: int, column: str) -> tuple[str, str]:
        """Return the place of a value (the file with the line or the row number, from 1) and the value as text."""
        rows = f"QUALIFY row_number() OVER () = {row}"
        [(value,)] = self._table.select(f"CAST({quoted(column)} AS VARCHAR)", rows)
        delimiter = delimiter_of(self._table.files)
        line = line_of(self._path, delimiter, column, str(value)) if delimiter else None
        return f"{self._path}, line {line}" if line else f"{self._path}, row {row}", str(value)


class JsonFileRows:
    """The rows of a JSON file."""

    def __init__(self, path: Path, rows: JsonRows, wanted: Sequence[InputColumn]) -> None:
        """Take the rows, and the inputs of the model with their columns."""
        self.names = rows.names
        self.count = rows.count()
        self.wanted = wanted
        self._path = path
        self._rows = rows

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in their order, at most `size` at a time."""
        inputs = input_sql(self.wanted, self._rows.text_columns())
        batches = rebatch(self._rows.batches(size), size)
        results = rebatch(self._rows.texts(_expressions(inputs), size), size)
        for batch, columns in zip(batches, results, strict=True):
            yield _batch(batch, inputs, columns.columns)

    def where(self, row: int, column: str) -> tuple[str, str]:
        """Return the place of a value (the file with the row number, from 1) and the value as text."""
        return f"{self._path}, row {row}", self._rows.text(row, column)


@contextmanager
def open_rows(path: Path, document: Document, *, reader: str, as_written: bool = True) -> Iterator[Rows]:
    """Open the rows of a CSV, TSV, Parquet or JSON file.

    Args:
        path: The file.
        document: The columns that the model input_sql.
        reader: The name of the model in error messages.
        as_written: Whether the values of a delimited file are written out unchanged, or with types.

    Raises:
        DataError: There is no such file, it cannot be read, it has no row, or it lacks columns of the model.
    """
    _check_file(path)
    with ExitStack() as stack:
        rows: Rows
        if path.suffix.lower() in JSON_ENDINGS:
            json_rows = stack.enter_context(JsonRows(path))
            wanted = match_columns(document, json_rows.names, table=str(path), reader=reader)
            rows = JsonFileRows(path, json_rows, wanted)
        else:
            table = _open(stack, files_like(str(path), document), Interpretation(()))
            selection = select(table, document, reader=reader, as_written=as_written)
            rows = TableRows(path, table, selection)
        if not rows.count:
            received = "a header only" if ending(path) in KINDS and ending(path) != ".parquet" else "none"
            raise DataError(str(path), "at least one row to score", received, "add rows")
        yield rows


def select(table: Table, document: Document, *, reader: str, as_written: bool) -> Selection:
    """Return the inputs of a model in the columns of a table, whose values are text in delimited files without a query.

    Args:
        table: The table.
        document: The inputs of the model.
        reader: The name of the model in error messages.
        as_written: Whether the values of delimited files are written out unchanged, or with types.

    Raises:
        DataError: The table lacks columns of the model, or names differ in case only.
    """
    columns = {column.name: column.type for column in table.columns}
    if table.query is None:
        check_capitals(table.files, [name for each in document.inputs for name in (each.name, each.source) if name])
    wanted = match_columns(document, list(columns), table=table.name, reader=reader)
    if as_written or table.query is not None or delimiter_of(table.files) is None:
        return Selection(columns, wanted)
    found = (finding.column for finding in table.infer(list(columns)))
    kept = (column for column in found if column.format in _ROUND_TRIP_FORMATS and not column.missing)
    return Selection(columns, wanted, Interpretation(tuple(kept)))


def _open(stack: ExitStack, files: Files, interpretation: Interpretation) -> Table:
    connection, _ = stack.enter_context(engine())
    return Table(files, None, connection, interpretation)


def files_like(source: str, document: Document, *, partitions: bool = False) -> Files:
    """Return files with the detected delimiter, or that of training if it gives more columns of the model."""
    detected = find(source, partitions=partitions)
    if detected.kind == "Parquet" or document.delimiter is None:
        return detected
    names = {name for each in document.inputs for name in (each.name, each.source)}
    trained = find(source, document.delimiter, partitions=partitions)
    with_detected, with_trained = (len(names.intersection(_header(files))) for files in (detected, trained))
    return trained if with_trained > with_detected else detected


def _header(files: Files) -> Sequence[str]:
    return header_of(files.paths[0], delimiter_of(files) or ",")


def rebatch(batches: Iterator[pa.RecordBatch], size: int) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in batches of exactly `size`, except the last one."""
    parts: list[pa.RecordBatch] = []
    waiting = 0
    for batch in batches:
        while batch.num_rows:
            part = batch.slice(0, size - waiting)
            batch = batch.slice(part.num_rows)
            parts.append(part)
            waiting += part.num_rows
            if waiting == size:
                yield _joined(parts)
                parts, waiting = [], 0
    if parts:
        yield _joined(parts)


def _joined(parts: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(parts) == 1:
        return parts[0]
    return pa.Table.from_batches(parts).combine_chunks().to_batches()[0]


def _check_file(path: Path) -> None:
    if path.is_dir() or not path.exists():
        received = "a folder" if path.is_dir() else "no such file"
        raise DataError(str(path), "a file with rows to score", received, "correct the path")
    if ending(path) not in ENDINGS:
        received = shorten(repr(ending(path))) if path.suffix else "none"
        raise DataError(f"the ending of {path}", f"one of {', '.join(ENDINGS)}", received, "convert or rename the file")
