"""A table: the rows of a source after its query, read by DuckDB as Arrow record batches in the order of the files.

The formats of the columns are inferred from all rows, or given; see `penstock.tables.values.inference`.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import duckdb
import pyarrow as pa

from penstock.core.errors import DataError
from penstock.core.files import is_full
from penstock.core.text import did_you_mean, shorten
from penstock.tables.files import faults
from penstock.tables.files.compression import check_codecs
from penstock.tables.files.find import Files
from penstock.tables.files.partitions import key_expressions, partition_values
from penstock.tables.files.quarantine import SeparatedFiles
from penstock.tables.files.query_files import query_files
from penstock.tables.files.reading import delimiter_of, interpreted, rows_of, types_of
from penstock.tables.sql import quoted
from penstock.tables.values.computed import computed_columns, result_column
from penstock.tables.values.conversion import TYPED, is_invalid
from penstock.tables.values.inference import Finding, ReadOptions, Texts, infer
from penstock.tables.values.interpretation import ColumnFormat, Interpretation
from penstock.tables.values.origins import column_origins

BATCH = 20_000
# DuckDB's vectors have this many rows; batches of vectors are joined up to this many bytes.
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
_TYPED_KINDS = ("integer", "number", "timestamp", "boolean")


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

    def __init__(  # noqa: PLR0913 what a table is made of
        self,
        files: Files,
        query: str | None,
        connection: duckdb.DuckDBPyConnection,
        options: ReadOptions | Interpretation,
        *,
        separated: SeparatedFiles | None = None,
        rows: str | None = None,
    ) -> None:
        """Read the columns' types, and infer formats from the values unless they are given.

        Args:
            files: The files of the source.
            query: A query over the table `source`; by default all rows and columns.
            connection: The engine.
            options: Options for inferring how columns are read, or the complete interpretation.
            separated: The files without their malformed rows, if rows were quarantined.
            rows: A query for a part of the files, to read instead of them.
        """
        self.files = files
        self.query = query
        self.separated = separated
        self._connection = connection
        with self.sentences():
            self._rows = rows or rows_of(files, connection, separated.paths if separated else ())
            self.declared = types_of(self._rows, connection)
            options = self._with_typed_marks(options) if isinstance(options, ReadOptions) else options
            self.findings = self._infer(options) if isinstance(options, ReadOptions) else ()
            self.interpretation = options if isinstance(options, Interpretation) else self._interpretation(options)
            self._keys = key_expressions(files.paths, files.keys, self.interpretation, connection)
            source = interpreted(self._rows, self.declared, self.interpretation, self._keys)
            connection.execute(f"CREATE OR REPLACE TEMP VIEW source AS {source}")
        if isinstance(options, ReadOptions):
            self._check_options(options)
        with self.sentences():
            self._check_row_count()
            self.columns = self._create_result()

    def document(self) -> Interpretation:
        """Return how the source is read and what the query computes, the document that is stored with the rows."""
        with self.sentences():
            computed = {} if self.is_remote else computed_columns(self.query, list(self.declared), self._connection)
        results = (result_column(column.name, column.type, self._origins, computed) for column in self.columns)
        return replace(self.interpretation, results=tuple(results))

    @cached_property
    def _origins(self) -> Mapping[str, str | None]:
        """The columns of the result that are unchanged columns of the source: result name and source name."""
        with self.sentences():
            return column_origins(self.query, self.declared, self._connection)

    def _infer(self, options: ReadOptions) -> tuple[Finding, ...]:
        """Return how the columns of text are read, and those of other types for which a format is given."""
        is_text = delimiter_of(self.files) is not None
        names = [
            name
            for name, kind in self.declared.items()
            if is_text or name in self.files.keys or self._has_format(name, kind, options)
        ]
        columns = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in names)
        rows = self._rows if is_text else f"SELECT {columns} FROM ({self._rows})"
        return infer(Texts(rows, self._connection), names, options)

    def infer(self, names: Sequence[str]) -> tuple[Finding, ...]:
        """Return how texts in some columns of the source could be read, independent of their current format."""
        columns = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in names)
        with self.sentences():
            return infer(Texts(f"SELECT {columns} FROM ({self._rows})", self._connection), names, ReadOptions())

    def source(self, what: str, rest: str = "") -> list[tuple[Any, ...]]:
        """Return the rows of `SELECT what FROM the source rest`, before the query."""
        with self.sentences():
            return self._connection.execute(f"SELECT {what} FROM source {rest}").fetchall()

    def _has_format(self, name: str, kind: str, options: ReadOptions) -> bool:
        is_time = options.roles.get(name) == "timestamp" and Column(name, kind).kind == "integer"
        return name in options.formats or is_time

    def _with_typed_marks(self, options: ReadOptions) -> ReadOptions:
        """Return the options with marks as DuckDB writes values of their columns: -999 is -999.0 in floats."""
        marks = {name: tuple(texts) for name, texts in options.missing.items()}
        for name in [name for name in marks if Column(name, self.declared.get(name, "VARCHAR")).kind in _TYPED_KINDS]:
            read = f"CAST(TRY_CAST(unnest(?::VARCHAR[]) AS {self.declared[name]}) AS VARCHAR)"
            found = self._connection.execute(f"SELECT {read}", [list(marks[name])]).fetchall()
            marks[name] += tuple(text for (text,) in found if text is not None and text not in marks[name])
        return replace(options, missing=marks)

    def _interpretation(self, options: ReadOptions) -> Interpretation:
        found = {finding.column.name: finding.column for finding in self.findings}
        columns = (
            found.get(name, ColumnFormat(name, TYPED, kind, tuple(options.missing.get(name, ()))))
            for name, kind in self.declared.items()
        )
        return Interpretation(tuple(columns), delimiter_of(self.files))

    def _check_options(self, options: ReadOptions) -> None:
        """Raise a DataError if a given format does not fit all values of its column, or there is no such column."""
        for key, names in (("data.formats", options.formats), ("data.missing", options.missing)):
            for name in names:
                if name not in self.declared:
                    received = f"no column {name!r}{did_you_mean(name, self.declared)}"
                    raise DataError(f"{key} {name!r}", f"a column of {self.files.source}", received, "correct the name")
        for finding in self.findings:
            column = finding.column
            if column.name in options.formats and finding.fits.get(column.format, finding.present) != finding.present:
                value, place = self.first_invalid(column)
                expected = f"values written as {options.formats[column.name]!r}, as data.formats says"
                remedy = "correct the value, list it in [data.missing], or change the format"
                raise DataError(f"{place}: the column {column.name!r}", expected, repr(shorten(value)), remedy)

    def first_invalid(self, column: ColumnFormat) -> tuple[str, str]:
        """Return the first value of a column that does not have the column's format, and its place."""
        name = quoted(column.name)
        [(value,)] = self.texts(name, column.name, f"WHERE {is_invalid(column, name)} LIMIT 1") or [("",)]
        return str(value), self.where(column.name, value)

    def first(self, column: ColumnFormat, *, codes: bool = False) -> tuple[str, str]:
        """Return the first value of a text column, or the first that a number would not identify, and its place."""
        name = quoted(column.name)
        which = f"regexp_matches({name}, '^\\s*(0[0-9]{{2}}|[+-]?[0-9]{{19}})')" if codes else f"trim({name}) <> ''"
        [(value,)] = self.texts(name, column.name, f"WHERE {which} LIMIT 1") or [("",)]
        return str(value), self.where(column.name, value)

    def texts(self, what: str, name: str, rest: str) -> list[tuple[Any, ...]]:
        """Return the rows of `SELECT what FROM the source rest`, with one column as its original text."""
        rows = f"SELECT * REPLACE (CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}) FROM ({self._rows})"
        with self.sentences():
            return self._connection.execute(f"SELECT {what} FROM ({rows}) {rest}").fetchall()

    def finding(self, name: str) -> Finding | None:
        """Return the finding on the source column of a result column, None if nothing was inferred."""
        origin = self._origins.get(name)
        return next((finding for finding in self.findings if finding.column.name == origin), None)

    @property
    def name(self) -> str:
        """The name of the table in messages: the source, or the query over it."""
        return f"the query over {self.files.source}" if self.query else self.files.source

    @property
    def is_remote(self) -> bool:
        """Whether the rows come from a database; `data.query` is then in its SQL dialect."""
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

    def execute(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query that names files itself."""
        with self.sentences():
            return self._connection.execute(query).fetchall()

    def batches(self, extra: str | None = None, *, size: int = BATCH) -> Iterator[pa.RecordBatch]:
        """Yield all columns in batches of at most `size` rows, with one more column if SQL for it is given."""
        what = f"*, {extra}" if extra else "*"
        with self.sentences():
            # The reader pulls from a running query, so memory is bounded by the batch and not by the table.
            reader = self._connection.sql(f"SELECT {what} FROM penstock_result").fetch_arrow_reader(min(size, _VECTOR))
            yield from _grouped(reader, size)

    def types(self) -> dict[str, str]:
        """Return the columns of the source, before the query, with their types."""
        with self.sentences():
            return types_of("source", self._connection)

    def operators(self, *, without_rows: bool = False) -> set[str]:
        """Return the names of DuckDB's operators in the plan of the result, for the source with or without its rows."""
        with self.sentences(), self._connection.cursor() as cursor:
            source = interpreted(self._rows, self.declared, self.interpretation, self._keys)
            cursor.execute(f"CREATE OR REPLACE TEMP VIEW source AS {source}")
            if without_rows:
                columns = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in self.types().items())
                cursor.execute(f"CREATE OR REPLACE TEMP VIEW source AS SELECT {columns} WHERE false")
            [(_, plan)] = cursor.execute(f"EXPLAIN (FORMAT json) {self.query or 'FROM source'}").fetchall()
        return set(re.findall(r'"name":\s*"([A-Z_]+)\s*"', plan))

    def where(self, column: str, value: object) -> str:
        """Return `FILE, line N` of the first row that holds `value` in a delimited file, otherwise the table's name."""
        delimiter = delimiter_of(self.files)
        if column in self.files.keys:
            return next(
                (str(path) for path in self.files.paths if (column, str(value)) in partition_values(path.parent)),
                self.name,
            )
        if delimiter:
            for path in self.files.paths:
                line = faults.line_of(path, delimiter, column, str(value))
                if line:
                    return f"{path}, line {line}"
        return self.name

    @contextmanager
    def sentences(self) -> Iterator[None]:
        """Convert errors of DuckDB to a DataError that names the file and line, or the query."""
        try:
            yield
        except (duckdb.Error, pa.ArrowException, OSError, MemoryError) as error:
            # An error while rows are streamed is raised by Arrow's reader, as one of its errors or as an OSError.
            raise self._sentence(error) from error

    def _check_row_count(self) -> None:
        """Raise a DataError if DuckDB does not find as many rows as were not quarantined."""
        if self.separated:
            [(found,)] = self._connection.execute("SELECT count(*) FROM source").fetchall()
            if found != self.separated.valid_rows:
                expected = f"{self.separated.valid_rows} rows next to the quarantine"
                remedy = "correct the rows in quarantine, or leave data.quarantine out"
                raise DataError(self.files.source, expected, str(found), remedy)

    def _is_empty(self) -> bool:
        with suppress(duckdb.Error):
            return not self._connection.execute("SELECT 1 FROM source LIMIT 1").fetchall()
        return False

    def _create_result(self) -> tuple[Column, ...]:
        query = "SELECT * FROM source" if self.query is None else self._one_statement(self.query)
        for path in query_files(self.query) if self.query and not self.is_remote else ():
            check_codecs(path, self._connection)
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW penstock_result AS {query}")
        described = self._connection.execute("DESCRIBE penstock_result").fetchall()
        return tuple(Column(name, str(kind)) for name, kind, *_ in described)

    def _one_statement(self, query: str) -> str:
        statements = self._connection.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            received = f"{len(statements)} statements" if len(statements) != 1 else statements[0].type.name
            raise DataError("data.query", "one SELECT over the table `source`", received, "correct the query")
        return statements[0].query

    def _sentence(self, error: Exception) -> DataError:
        if is_full(error):
            remedy = "free some there, or name another folder in TMPDIR"
            return DataError(
                f"the folder {tempfile.gettempdir()}",
                "space for data that does not fit into memory",
                "a full disk",
                remedy,
            )
        if scarce := faults.out_of_memory(error):
            return scarce
        delimiter = delimiter_of(self.files)
        of_query = isinstance(error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException)
        if delimiter and not of_query and not self.separated:
            for path in self.files.paths:
                fault = faults.first_fault(path, delimiter)
                if fault:
                    return fault
        if self.query is not None and self._is_empty():
            # Without rows every column is text, which is why a query that computes fails.
            return DataError(self.files.source, "at least one row", "a header only", "add rows, or correct data.source")
        message = faults.engine_message(error)
        if self.query is not None:
            return DataError("data.query", "SQL over the table `source`", message, "correct the query")
        return DataError(self.files.source, f"{self.files.kind} that DuckDB can read", message, "correct the file")


def _grouped(batches: Iterable[pa.RecordBatch], size: int) -> Iterator[pa.RecordBatch]:
    """Yield batches of at most `size` rows and a limited number of bytes, joined or sliced."""
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
