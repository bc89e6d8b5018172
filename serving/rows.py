"""The rows to score, whatever file they are in: counted, named, and streamed in batches of bounded size."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from pipeline.errors import DataError
from serving.json_rows import ENDINGS as JSON_ENDINGS
from serving.json_rows import JsonRows
from tables.faults import line_of, shorten
from tables.files import KINDS, Files, ending
from tables.reading import as_text, delimiter_of
from tables.source import Table, open_table

ENDINGS = (*KINDS, *JSON_ENDINGS)


@dataclass(frozen=True)
class Batch:
    """Some rows, twice.

    Attributes:
        typed: The rows with the types that the file has or that all its values suggest.
        written: The rows as the file writes them: text for CSV and TSV, so that 1.50 stays 1.50; else as `typed`.
    """

    typed: pa.RecordBatch
    written: pa.RecordBatch


class Rows(Protocol):
    """What scoring needs to know of a file."""

    names: tuple[str, ...]
    count: int

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in their order, at most `size` at a time."""
        ...

    def where(self, row: int, column: str, value: str) -> str:
        """Say where a value is: the file with the line, or with the row's number from 1."""
        ...


class TableRows:
    """The rows of a CSV, TSV or Parquet file."""

    def __init__(self, path: Path, table: Table, text: Table | None) -> None:
        self.names = tuple(column.name for column in table.columns)
        self.count = table.rows()
        self._path = path
        self._table = table
        self._text = text

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in their order, at most `size` at a time."""
        typed = sized(self._table.batches(size=size), size)
        if self._text is None:
            yield from (Batch(batch, batch) for batch in typed)
            return
        text = sized(self._text.batches(size=size), size)
        yield from (Batch(*both) for both in zip(typed, text, strict=True))

    def where(self, row: int, column: str, value: str) -> str:
        """Say where a value is: the file with the line, or with the row's number from 1."""
        delimiter = delimiter_of(self._table.files)
        line = line_of(self._path, delimiter, column, value) if delimiter else None
        return f"{self._path}, line {line}" if line else f"{self._path}, row {row}"


class TypedRows:
    """The rows of a JSON file."""

    def __init__(self, path: Path, rows: JsonRows) -> None:
        self.names = rows.names
        self.count = rows.count()
        self._path = path
        self._rows = rows

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in their order, at most `size` at a time."""
        yield from (Batch(batch, batch) for batch in self._rows.batches(size))

    def where(self, row: int, column: str, value: str) -> str:
        """Say where a value is: the file with the row's number from 1."""
        return f"{self._path}, row {row}"


@contextmanager
def open_rows(path: Path) -> Iterator[Rows]:
    """Open the rows of a CSV, TSV, Parquet or JSON file.

    Raises:
        DataError: There is no such file, it cannot be read, or it has no row.
    """
    _check_file(path)
    with ExitStack() as stack:
        rows: Rows
        if path.suffix.lower() in JSON_ENDINGS:
            rows = TypedRows(path, stack.enter_context(JsonRows(path)))
        else:
            table = stack.enter_context(open_table(str(path)))
            query = _text_query(table.files)
            rows = TableRows(path, table, stack.enter_context(open_table(str(path), query)) if query else None)
        if not rows.count:
            received = "a header only" if ending(path) in KINDS and ending(path) != ".parquet" else "none"
            raise DataError(str(path), "at least one row to score", received, "add rows")
        yield rows


def sized(batches: Iterator[pa.RecordBatch], size: int) -> Iterator[pa.RecordBatch]:
    """Yield the same rows, exactly `size` at a time but for the last."""
    held: list[pa.RecordBatch] = []
    waiting = 0
    for batch in batches:
        while batch.num_rows:
            part = batch.slice(0, size - waiting)
            batch = batch.slice(part.num_rows)
            held.append(part)
            waiting += part.num_rows
            if waiting == size:
                yield _joined(held)
                held, waiting = [], 0
    if held:
        yield _joined(held)


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


def _text_query(files: Files) -> str | None:
    delimiter = delimiter_of(files)
    return None if delimiter is None else as_text(files.paths, delimiter)
