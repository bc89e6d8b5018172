"""The rows to score, whatever file they are in: counted, named, and streamed in batches of bounded size.

The columns of the model are read by the engine, value by value, in the same pass as the columns that are written out.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from penstock.core.errors import DataError
from penstock.core.text import shorten
from penstock.serving.batch.json_rows import ENDINGS as JSON_ENDINGS
from penstock.serving.batch.json_rows import JsonRows
from penstock.serving.batch.reading import Held, Read, reads
from penstock.serving.model.casting import Located, locate
from penstock.serving.model.document import Document
from penstock.tables.connection import engine
from penstock.tables.files.faults import header_of, line_of
from penstock.tables.files.find import KINDS, Files, ending, find
from penstock.tables.files.reading import check_capitals, delimiter_of
from penstock.tables.sql import quoted
from penstock.tables.table import Table
from penstock.tables.values.inference import ReadOptions
from penstock.tables.values.interpretation import Interpretation

ENDINGS = (*KINDS, *JSON_ENDINGS)
# Ways to write a value that its type gives back as it was; any other column is written out as text.
_KEPT = ("integer", "number", "boolean", "date", "timestamp")


@dataclass(frozen=True)
class Batch:
    """Some rows: what is written out again, and what the model is given.

    Attributes:
        kept: The rows as they are written out.
        values: The model's columns by the inputs' names; null where missing.
        strange: For each of them, by column of the file, whether the file's value is none of the column.
    """

    kept: pa.RecordBatch
    values: Mapping[str, pa.Array]
    strange: Mapping[str, Mapping[str, pa.Array]]


def _asked(read: Mapping[str, Read]) -> list[str]:
    """Return the SQL for all that is read, in an order."""
    return [sql for each in read.values() for sql in (each.value, *each.strange.values())]


def _batch(kept: pa.RecordBatch, read: Mapping[str, Read], columns: Sequence[pa.Array]) -> Batch:
    """Return rows with what was asked of them, in the order of `_asked`."""
    given = iter(columns)
    values, strange = {}, {}
    for name, each in read.items():
        values[name] = next(given)
        strange[name] = {column: next(given) for column in each.strange}
    return Batch(kept, values, strange)


class Rows(Protocol):
    """What scoring needs to know of a file.

    Attributes:
        names: The columns of the file.
        count: The number of rows.
        wanted: The inputs of the model and their columns.
    """

    names: tuple[str, ...]
    count: int
    wanted: Sequence[Located]

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in their order, at most `size` at a time."""
        ...

    def where(self, row: int, column: str) -> tuple[str, str]:
        """Return where a value is, the file with the line or with the row's number from 1, and the value as text."""
        ...


class TableRows:
    """The rows of a CSV, TSV or Parquet file."""

    def __init__(self, path: Path, table: Table, wanted: Sequence[Located], typed: Table | None) -> None:
        """Take the file's table, of which the model's columns are read, and another where others are written out."""
        self.names = tuple(table.declared)
        self.count = table.rows()
        self.wanted = wanted
        self._path = path
        self._table = table
        self._typed = typed

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in their order, at most `size` at a time."""
        read = reads(self.wanted, {name: Held(quoted(name), kind) for name, kind in self._table.declared.items()})
        places = [f"{sql} AS penstock_{place}" for place, sql in enumerate(_asked(read))]
        batches = sized(self._table.batches(", ".join(places), size=size), size)
        typed = sized(self._typed.batches(size=size), size) if self._typed else None
        for batch in batches:
            columns = batch.columns[len(self.names) :]
            kept = pa.RecordBatch.from_arrays(batch.columns[: len(self.names)], list(self.names))
            yield _batch(next(typed) if typed else kept, read, columns)

    def where(self, row: int, column: str) -> tuple[str, str]:
        """Return where a value is, the file with the line or with the row's number from 1, and the value as text."""
        rows = f"QUALIFY row_number() OVER () = {row}"
        [(value,)] = self._table.select(f"CAST({quoted(column)} AS VARCHAR)", rows)
        delimiter = delimiter_of(self._table.files)
        line = line_of(self._path, delimiter, column, str(value)) if delimiter else None
        return f"{self._path}, line {line}" if line else f"{self._path}, row {row}", str(value)


class TypedRows:
    """The rows of a JSON file."""

    def __init__(self, path: Path, rows: JsonRows, wanted: Sequence[Located]) -> None:
        """Take the rows, and what the model reads of them."""
        self.names = rows.names
        self.count = rows.count()
        self.wanted = wanted
        self._path = path
        self._rows = rows

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in their order, at most `size` at a time."""
        read = reads(self.wanted, self._rows.held())
        kept = sized(self._rows.batches(size), size)
        given = sized(self._rows.texts(_asked(read), size), size)
        for batch, columns in zip(kept, given, strict=True):
            yield _batch(batch, read, columns.columns)

    def where(self, row: int, column: str) -> tuple[str, str]:
        """Return where a value is, the file with the row's number from 1, and the value as text."""
        return f"{self._path}, row {row}", self._rows.text(row, column)


@contextmanager
def open_rows(path: Path, document: Document, *, reader: str, as_written: bool = True) -> Iterator[Rows]:
    """Open the rows of a CSV, TSV, Parquet or JSON file.

    Args:
        path: The file.
        document: The columns that the model reads.
        reader: What a sentence calls the model.
        as_written: Whether the values of a delimited file are written out as they are, or with types.

    Raises:
        DataError: There is no such file, it cannot be read, it has no row, or it lacks columns of the model.
    """
    _check_file(path)
    with ExitStack() as stack:
        rows: Rows
        if path.suffix.lower() in JSON_ENDINGS:
            found = stack.enter_context(JsonRows(path))
            rows = TypedRows(path, found, locate(document, found.names, table=str(path), reader=reader))
        else:
            files = _files(path, document)
            table = _open(stack, files, Interpretation(()))
            check_capitals(table.files, [name for each in document.inputs for name in (each.name, each.source) if name])
            wanted = locate(document, list(table.declared), table=str(path), reader=reader)
            is_typed = not as_written and delimiter_of(files) is not None
            rows = TableRows(path, table, wanted, _open(stack, files, _kept(stack, files)) if is_typed else None)
        if not rows.count:
            received = "a header only" if ending(path) in KINDS and ending(path) != ".parquet" else "none"
            raise DataError(str(path), "at least one row to score", received, "add rows")
        yield rows


def _open(stack: ExitStack, files: Files, how: ReadOptions | Interpretation) -> Table:
    connection, _ = stack.enter_context(engine())
    return Table(files, None, connection, how)


def _kept(stack: ExitStack, files: Files) -> Interpretation:
    """Return how the columns of a delimited file are written out with types, those that are the same after that."""
    found = _open(stack, files, ReadOptions()).interpretation
    return Interpretation(tuple(column for column in found.columns if column.format in _KEPT and not column.missing))


def _files(path: Path, document: Document) -> Files:
    """Return the file with its delimiter: that of the training, where more columns are found by it than by another."""
    found = find(str(path))
    if found.kind == "Parquet" or document.delimiter is None:
        return found
    names = {name for each in document.inputs for name in (each.name, each.source)}
    trained = find(str(path), document.delimiter)
    held = [len(names.intersection(_header(files))) for files in (found, trained)]
    return trained if held[1] > held[0] else found


def _header(files: Files) -> Sequence[str]:
    return header_of(files.paths[0], delimiter_of(files) or ",")


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
