"""A table: the rows of a source after its query, read by DuckDB as Arrow record batches in the order of the files.

How the columns are read is decided by all rows, or given; see `penstock.tables.values.inference`.
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
from penstock.tables.files.find import Files
from penstock.tables.files.partitions import folded, pairs_of
from penstock.tables.files.quarantine import Separated
from penstock.tables.files.reading import delimiter_of, interpreted, rows_of, types_of
from penstock.tables.sql import quoted
from penstock.tables.values.computed import computed, result_of
from penstock.tables.values.conversion import TYPED, is_strange
from penstock.tables.values.inference import Finding, Given, Texts, infer
from penstock.tables.values.interpretation import ColumnFormat, Interpretation
from penstock.tables.values.passed import passed

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
_SPELLED = ("integer", "number", "timestamp", "boolean")


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
        how: Given | Interpretation,
        *,
        separated: Separated | None = None,
        rows: str | None = None,
    ) -> None:
        """Read the columns' types, and the values where these tell how columns are read.

        Args:
            files: The files of the source.
            query: What is asked of the source, which it calls `source`; by default all of it.
            connection: The engine.
            how: What is said of the columns whose values then decide, or how they are read.
            separated: What to read in place of the files where rows were set aside.
            rows: What to read in place of the files where these are parts of them.
        """
        self.files = files
        self.query = query
        self.separated = separated
        self._connection = connection
        with self.sentences():
            self._rows = rows or rows_of(files, connection, separated.paths if separated else ())
            self.declared = types_of(self._rows, connection)
            how = self._spelled(how) if isinstance(how, Given) else how
            self.findings = self._infer(how) if isinstance(how, Given) else ()
            self.interpretation = how if isinstance(how, Interpretation) else self._interpretation(how)
            self._keys = folded(files.paths, files.keys, self.interpretation, connection)
            source = interpreted(self._rows, self.declared, self.interpretation, self._keys)
            connection.execute(f"CREATE OR REPLACE TEMP VIEW source AS {source}")
        if isinstance(how, Given):
            self._check_given(how)
        with self.sentences():
            self._check_kept()
            self.columns = self._create_result()

    def document(self) -> Interpretation:
        """Return how the source is read and what the query makes of it, to be kept with the rows."""
        with self.sentences():
            made = {} if self.is_remote else computed(self.query, list(self.declared), self._connection)
        results = (result_of(column.name, column.type, self._origins, made) for column in self.columns)
        return replace(self.interpretation, results=tuple(results))

    @cached_property
    def _origins(self) -> Mapping[str, str | None]:
        """The columns of the result that are columns of the source, by their names in both."""
        with self.sentences():
            return passed(self.query, self.declared, self._connection)

    def _infer(self, how: Given) -> tuple[Finding, ...]:
        """Return how the columns of text are read, and those of other types for which a way is given."""
        is_text = delimiter_of(self.files) is not None
        asked = [
            name
            for name, kind in self.declared.items()
            if is_text or name in self.files.keys or self._is_asked(name, kind, how)
        ]
        columns = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in asked)
        rows = self._rows if is_text else f"SELECT {columns} FROM ({self._rows})"
        return infer(Texts(rows, self._connection), asked, how)

    def infer(self, names: Sequence[str]) -> tuple[Finding, ...]:
        """Return how texts in some columns of the source may be read, whatever way they are read in now."""
        columns = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in names)
        with self.sentences():
            return infer(Texts(f"SELECT {columns} FROM ({self._rows})", self._connection), names, Given())

    def source(self, what: str, rest: str = "") -> list[tuple[Any, ...]]:
        """Return the rows of `SELECT what FROM the source rest`, before the query."""
        with self.sentences():
            return self._connection.execute(f"SELECT {what} FROM source {rest}").fetchall()

    def _is_asked(self, name: str, kind: str, how: Given) -> bool:
        is_moment = how.roles.get(name) == "timestamp" and Column(name, kind).kind == "integer"
        return name in how.formats or is_moment

    def _spelled(self, how: Given) -> Given:
        """Return what is given with the marks as the values of their columns are written: -999 is -999.0 of floats."""
        marks = {name: tuple(texts) for name, texts in how.missing.items()}
        for name in [name for name in marks if Column(name, self.declared.get(name, "VARCHAR")).kind in _SPELLED]:
            read = f"CAST(TRY_CAST(unnest(?::VARCHAR[]) AS {self.declared[name]}) AS VARCHAR)"
            found = self._connection.execute(f"SELECT {read}", [list(marks[name])]).fetchall()
            marks[name] += tuple(text for (text,) in found if text is not None and text not in marks[name])
        return replace(how, missing=marks)

    def _interpretation(self, how: Given) -> Interpretation:
        found = {finding.column.name: finding.column for finding in self.findings}
        columns = (
            found.get(name, ColumnFormat(name, TYPED, kind, tuple(how.missing.get(name, ()))))
            for name, kind in self.declared.items()
        )
        return Interpretation(tuple(columns), delimiter_of(self.files))

    def _check_given(self, how: Given) -> None:
        """Raise a DataError where a way that is given does not fit all values of its column, or there is no column."""
        for key, names in (("data.formats", how.formats), ("data.missing", how.missing)):
            for name in names:
                if name not in self.declared:
                    received = f"no column {name!r}{did_you_mean(name, self.declared)}"
                    raise DataError(f"{key} {name!r}", f"a column of {self.files.source}", received, "correct the name")
        for finding in self.findings:
            column = finding.column
            if column.name in how.formats and finding.fits.get(column.format, finding.present) != finding.present:
                value, place = self.strange(column)
                expected = f"values written as {how.formats[column.name]!r}, as data.formats says"
                remedy = "correct the value, list it in [data.missing], or change the format"
                raise DataError(f"{place}: the column {column.name!r}", expected, repr(shorten(value)), remedy)

    def strange(self, column: ColumnFormat) -> tuple[str, str]:
        """Return the first value of a column that is not written as the column is read, and where it is."""
        name = quoted(column.name)
        [(value,)] = self.texts(name, column.name, f"WHERE {is_strange(column, name)} LIMIT 1") or [("",)]
        return str(value), self.where(column.name, value)

    def first(self, column: ColumnFormat, *, codes: bool = False) -> tuple[str, str]:
        """Return the first value of a column of text, or the first that numbers would not tell apart, and its place."""
        name = quoted(column.name)
        which = f"regexp_matches({name}, '^\\s*(0[0-9]{{2}}|[+-]?[0-9]{{19}})')" if codes else f"trim({name}) <> ''"
        [(value,)] = self.texts(name, column.name, f"WHERE {which} LIMIT 1") or [("",)]
        return str(value), self.where(column.name, value)

    def texts(self, what: str, name: str, rest: str) -> list[tuple[Any, ...]]:
        """Return `SELECT what FROM` the rows of the source, a column of which is as it is written, `rest`."""
        rows = f"SELECT * REPLACE (CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}) FROM ({self._rows})"
        with self.sentences():
            return self._connection.execute(f"SELECT {what} FROM ({rows}) {rest}").fetchall()

    def finding(self, name: str) -> Finding | None:
        """Return what decided how the values behind a column of the result are read, None where nothing had to."""
        origin = self._origins.get(name)
        return next((finding for finding in self.findings if finding.column.name == origin), None)

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

    def execute(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query that names files itself."""
        with self.sentences():
            return self._connection.execute(query).fetchall()

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
            return types_of("source", self._connection)

    def operators(self, *, without_rows: bool = False) -> set[str]:
        """Return the names of the engine's operators that make the result, for the source as it is or without rows."""
        with self.sentences(), self._connection.cursor() as apart:
            source = interpreted(self._rows, self.declared, self.interpretation, self._keys)
            apart.execute(f"CREATE OR REPLACE TEMP VIEW source AS {source}")
            if without_rows:
                columns = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in self.types().items())
                apart.execute(f"CREATE OR REPLACE TEMP VIEW source AS SELECT {columns} WHERE false")
            [(_, plan)] = apart.execute(f"EXPLAIN (FORMAT json) {self.query or 'FROM source'}").fetchall()
        return set(re.findall(r'"name":\s*"([A-Z_]+)\s*"', plan))

    def where(self, column: str, value: object) -> str:
        """Return `FILE, line N` of the first row that holds `value` in a delimited file, else the table's name."""
        delimiter = delimiter_of(self.files)
        if column in self.files.keys:
            return next(
                (str(path) for path in self.files.paths if (column, str(value)) in pairs_of(path.parent)), self.name
            )
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
