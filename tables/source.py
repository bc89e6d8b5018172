"""Open a source with DuckDB and stream its rows as Arrow record batches, in the order of the files."""

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.errors import DataError
from tables import faults
from tables.connection import connected
from tables.disk import is_full
from tables.files import Files
from tables.input import Input
from tables.quarantine import Separated, separate
from tables.reading import delimiter_of, reading
from tables.rows import files_of
from tables.spill import spill
from tables.sql import quoted
from tables.unreadable import unreadable

BATCH = 20_000
# DuckDB works through this many rows at a time; batches of them are put together up to so many bytes.
_VECTOR = 2048
_BYTES = 16_000_000

_KINDS = {
    r".*\[\d*\]": "list",
    r"BOOLEAN": "boolean",
    r"U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)": "integer",
    r"FLOAT|DOUBLE|DECIMAL.*": "number",
    r"VARCHAR|ENUM.*|UUID|JSON|TIME|TIME WITH TIME ZONE": "text",
    r"BLOB": "bytes",
    r"DATE|TIMESTAMP.*": "timestamp",
}


@dataclass(frozen=True)
class Column:
    """A column's name and its type, as DuckDB writes it."""

    name: str
    type: str

    @property
    def kind(self) -> str:
        """One of boolean, integer, number, text, bytes, timestamp (dates too), list, nested."""
        return next((kind for pattern, kind in _KINDS.items() if re.fullmatch(pattern, self.type)), "nested")


class Table:
    """The rows of a source after its query; made by `open_table`."""

    def __init__(
        self,
        files: Files,
        query: str | None,
        connection: duckdb.DuckDBPyConnection,
        separated: Separated | None = None,
        rows: str | None = None,
    ) -> None:
        self.files = files
        self.query = query
        self.separated = separated
        self._connection = connection
        with self.sentences():
            places = separated.paths if separated else ()
            connection.execute(f"CREATE OR REPLACE TEMP VIEW source AS {rows or reading(files, connection, places)}")
        with self.sentences():
            self._check_kept()
            self.columns = self._create_result()

    @property
    def name(self) -> str:
        """What a sentence calls the table: the source, or the query over it."""
        return f"the query over {self.files.source}" if self.query else self.files.source

    @property
    def is_remote(self) -> bool:
        """Whether the rows come from a database, whose SQL `data.query` is then written in."""
        return self.files.digest is not None

    def column(self, name: str) -> Column:
        """Return the column of that name; it must exist."""
        return next(column for column in self.columns if column.name == name)

    def rows(self) -> int:
        """Return the number of rows."""
        return int(self.select("count(*)")[0][0])

    def select(self, what: str, rest: str = "") -> list[tuple[Any, ...]]:
        """Return the rows of `SELECT what FROM the table rest`."""
        with self.sentences():
            return self._connection.execute(f"SELECT {what} FROM penstock_result {rest}").fetchall()

    def batches(self, extra: str | None = None, *, size: int = BATCH) -> Iterator[pa.RecordBatch]:
        """Yield all columns in batches of at most `size` rows, with one more column where SQL for it is given."""
        what = f"*, {extra}" if extra else "*"
        with self.sentences():
            # The reader pulls from a running query, so memory is bounded by the batch and not by the table.
            reader = self._connection.sql(f"SELECT {what} FROM penstock_result").fetch_arrow_reader(min(size, _VECTOR))
            yield from _grouped(reader, size)

    def types(self) -> dict[str, str]:
        """Return the columns of the source, before the query, with their types."""
        with self.sentences():
            described = self._connection.execute("DESCRIBE source").fetchall()
            return {str(name): str(kind) for name, kind, *_ in described}

    def operators(self, *, without_rows: bool = False) -> set[str]:
        """Return the names of the engine's operators that make the result, for the source as it is or without rows."""
        with self.sentences(), self._connection.cursor() as apart:
            [(_, rows)] = self._connection.execute(
                "SELECT view_name, sql FROM duckdb_views() WHERE view_name = 'source'"
            ).fetchall()
            apart.execute(rows)
            if without_rows:
                columns = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in self.types().items())
                apart.execute(f"CREATE OR REPLACE TEMP VIEW source AS SELECT {columns} WHERE false")
            [(_, plan)] = apart.execute(f"EXPLAIN (FORMAT json) {self.query or 'FROM source'}").fetchall()
        return set(re.findall(r'"name":\s*"([A-Z_]+)\s*"', plan))

    def where(self, column: str, value: object) -> str:
        """Return `FILE, line N` of the first row that holds `value` in a delimited file, else the table's name."""
        delimiter = delimiter_of(self.files)
        if delimiter:
            for path in self.files.paths:
                line = faults.line_of(path, delimiter, column, str(value))
                if line:
                    return f"{path}, line {line}"
        return self.name

    @contextmanager
    def sentences(self) -> Iterator[None]:
        """Turn what DuckDB raises into a DataError that names the file and line, or the query."""
        try:
            yield
        except (duckdb.Error, pa.ArrowException, OSError, MemoryError) as error:
            # What fails while rows stream comes through Arrow's reader as one of its errors or as an OSError.
            raise self._sentence(error) from error

    def _check_kept(self) -> None:
        """Raise a DataError where DuckDB does not find the rows that were kept from the quarantine."""
        if self.separated:
            [(found,)] = self._connection.execute("SELECT count(*) FROM source").fetchall()
            if found != self.separated.kept:
                expected = f"{self.separated.kept} rows beside the quarantine"
                remedy = "mend the rows in quarantine, or leave data.quarantine out"
                raise DataError(self.files.source, expected, str(found), remedy)

    def _is_empty(self) -> bool:
        with suppress(duckdb.Error):
            return not self._connection.execute("SELECT 1 FROM source LIMIT 1").fetchall()
        return False

    def _create_result(self) -> tuple[Column, ...]:
        query = "SELECT * FROM source" if self.query is None else self._one_statement(self.query)
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW penstock_result AS {query}")
        described = self._connection.execute("DESCRIBE penstock_result").fetchall()
        return tuple(Column(name, str(kind)) for name, kind, *_ in described)

    def _one_statement(self, query: str) -> str:
        statements = self._connection.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            received = f"{len(statements)} statements" if len(statements) != 1 else statements[0].type.name
            raise DataError("data.query", "one SELECT over the table `source`", received, "mend the query")
        return statements[0].query

    def _sentence(self, error: Exception) -> DataError:
        if is_full(error):
            remedy = "free some there, or name another folder in TMPDIR"
            return DataError(
                f"the folder {tempfile.gettempdir()}", "room for what memory does not hold", "a full disk", remedy
            )
        if scarce := faults.out_of_memory(error):
            return scarce
        delimiter = delimiter_of(self.files)
        of_query = isinstance(error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException)
        if delimiter and not of_query and not self.separated:
            for path in self.files.paths:
                fault = faults.malformed(path, delimiter)
                if fault:
                    return fault
        if self.query is not None and self._is_empty():
            # Without rows every column is text, and a query that computes is wrong for that alone.
            return DataError(self.files.source, "at least one row", "a header only", "add rows, or mend data.source")
        said = faults.engine_sentence(error)
        if self.query is not None:
            return DataError("data.query", "SQL over the table `source`", said, "mend the query")
        return DataError(self.files.source, f"{self.files.kind} that DuckDB can read", said, "mend the file")


@contextmanager
def open_table(source: str | Input, query: str | None = None) -> Iterator[Table]:
    """Open a source and apply a query, in which the table is called `source`; a database has applied its own.

    Args:
        source: A file, a folder or a glob, or all that can be said of an input.
        query: One SQL query where `source` is a text; by default all rows and columns.

    Raises:
        DataError: The source or the query cannot be read; the sentence names the file, line and column.
    """
    given = source if isinstance(source, Input) else Input(source, query)
    with files_of(given) as files, engine() as (connection, folder):
        separated = separate(files, folder) if given.quarantine else None
        table = Table(files, None if given.is_remote else given.query, connection, separated)
        if given.demands and separated:
            with table.sentences():
                odd = unreadable(table, given.demands, connection)
            if odd:
                table = Table(files, None, connection, separate(files, folder, odd))
        yield table


@contextmanager
def engine() -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Open a connection for one table, with a folder for what does not fit into memory."""
    with spill() as folder, connected(_settings(folder)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        # As much is read ahead of who pulls; with less, one thread does all of the reading.
        connection.execute("SET streaming_buffer_size = '8MB'")
        yield connection, folder


def _grouped(batches: Iterable[pa.RecordBatch], size: int) -> Iterator[pa.RecordBatch]:
    """Yield batches of at most `size` rows and, but for a single row, not many bytes: together or in slices."""
    waiting: list[pa.RecordBatch] = []
    rows = volume = 0
    for piece in (piece for batch in batches for piece in _slices(batch)):
        if waiting and (rows + piece.num_rows > size or volume + piece.nbytes > _BYTES):
            yield _joined(waiting)
            waiting, rows, volume = [], 0, 0
        waiting.append(piece)
        rows, volume = rows + piece.num_rows, volume + piece.nbytes
    if waiting:
        yield _joined(waiting)


def _slices(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    step = max(1, batch.num_rows * _BYTES // max(batch.nbytes, 1))
    return (batch.slice(start, step) for start in range(0, batch.num_rows, step))


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    columns = [pa.concat_arrays(parts) for parts in zip(*(batch.columns for batch in batches), strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=batches[0].schema)


def _settings(folder: Path) -> dict[str, Any]:
    return {
        "autoinstall_known_extensions": "false",
        "preserve_insertion_order": "true",
        "temp_directory": str(folder),
    }


def describe(source: str | Input, query: str | None = None) -> tuple[Column, ...]:
    """Return the columns and their types, after the query."""
    with open_table(source, query) as table:
        return table.columns
