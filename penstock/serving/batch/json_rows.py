"""The rows of a JSON file: one object per line, or one array of objects; read by DuckDB in the order of the file."""

import codecs
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from penstock.core.errors import DataError
from penstock.core.files import as_data_errors, temporary_folder
from penstock.core.text import shorten
from penstock.serving.batch.reading import FileColumn
from penstock.tables.files.faults import engine_message, out_of_memory
from penstock.tables.sql import literal, path_literal, quoted

ENDINGS = (".jsonl", ".ndjson", ".json")

# Text that looks like a date stays text, and a column of several kinds becomes text.
_READ_AS_TEXT = ("DATE", "TIME", "UUID", "JSON", "VARCHAR")
_RENAMED = re.compile(r"(.+)_[0-9]+", re.DOTALL)
_DUPLICATE = re.compile(r'in line ([0-9]+): Duplicate key ("[^"]*")')
_KIND = "penstock_kind_{}"
# With several threads DuckDB 1.2 sometimes returns the last line of a file first if it has no line end.
_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "preserve_insertion_order": "true",
    "threads": "1",
}


class JsonRows:
    """The rows of one JSON file; a context manager that owns the connection."""

    def __init__(self, path: Path) -> None:
        self.names: tuple[str, ...] = ()
        self._path = path
        self._resources = ExitStack()

    def __enter__(self) -> "JsonRows":
        self._connection = self._resources.enter_context(duckdb.connect(config=_SETTINGS))
        try:
            lines = "auto" if self._path.suffix.lower() == ".json" else "newline_delimited"
            self._read = self._without_byte_order_mark()
            self._options = f"{path_literal(self._read)}, format = '{lines}', records = true"
            with self._sentences():
                types = self._types()
                kinds = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in types.items())
                self._reading = f"read_json({self._options}, columns = {{{kinds}}})"
                self.names = tuple(types)
                self._check_keys()
                self._text_rows = f"({self._texts()})"
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def _without_byte_order_mark(self) -> Path:
        """Return the file, or a copy without the byte order mark if it starts with one, which DuckDB refuses."""
        with self._path.open("rb") as stream:
            if stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
                return self._path
            copy = self._resources.enter_context(temporary_folder()) / "rows.json"
            with as_data_errors(copy.parent), copy.open("wb") as target:
                shutil.copyfileobj(stream, target)
        return copy

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error:
            self._connection.interrupt()  # Otherwise closing waits for the running query.
        self._resources.close()

    def count(self) -> int:
        """Return the number of rows."""
        with self._sentences():
            return int(self._connection.execute(f"SELECT count(*) FROM {self._reading}").fetchall()[0][0])

    def batches(self, size: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows in their order, at most `size` at a time."""
        with self._sentences():
            yield from self._connection.sql(f"SELECT * FROM {self._reading}").fetch_arrow_reader(size)

    def texts(self, columns: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
        """Yield the results of SQL expressions over the columns of `text_columns`, in the order of the rows."""
        selected = ", ".join(f"{column} AS penstock_{position}" for position, column in enumerate(columns))
        # A connection runs one query at a time, and discards the remaining rows of the previous one.
        with self._sentences(), self._connection.cursor() as cursor:
            yield from cursor.sql(f"SELECT {selected} FROM {self._text_rows}").fetch_arrow_reader(size)

    def text_columns(self) -> dict[str, FileColumn]:
        """Return the columns of the query for text, each with the SQL for the kind of its JSON value."""
        return {
            name: FileColumn(quoted(name), "VARCHAR", quoted(_KIND.format(position)))
            for position, name in enumerate(self.names)
        }

    def text(self, row: int, column: str) -> str:
        """Return a value as text by its row number, from 1."""
        with self._sentences():
            rows = f"{self._text_rows} QUALIFY row_number() OVER () = {row}"
            return str(self._connection.cursor().execute(f"SELECT {quoted(column)} FROM {rows}").fetchall()[0][0])

    def _texts(self) -> str:
        """Return a query for each value as text: strings without quotes, all others as JSON."""
        kinds = ", ".join(f"{literal(name)}: 'JSON'" for name in self.names)
        columns = [
            f"CASE json_type({quoted(name)}) WHEN 'VARCHAR' THEN {quoted(name)} ->> '$' WHEN 'NULL' THEN NULL "
            f"ELSE CAST({quoted(name)} AS VARCHAR) END AS {quoted(name)}"
            for name in self.names
        ]
        columns += [
            f"json_type({quoted(name)}) AS {quoted(_KIND.format(position))}" for position, name in enumerate(self.names)
        ]
        return f"SELECT {', '.join(columns)} FROM read_json({self._options}, columns = {{{kinds}}})"

    def _types(self) -> dict[str, str]:
        # With these thresholds rare keys are columns too, and DuckDB does not read the objects as maps.
        whole = "sample_size = -1, map_inference_threshold = -1, field_appearance_threshold = 0"
        described = self._connection.execute(f"DESCRIBE SELECT * FROM read_json({self._options}, {whole})").fetchall()
        return {name: "VARCHAR" if str(kind).startswith(_READ_AS_TEXT) else str(kind) for name, kind, *_ in described}

    def _check_keys(self) -> None:
        """Raise a DataError if two keys differ in upper and lower case only; DuckDB renames the second one."""
        lower_case = {name.lower() for name in self.names}
        if not any((match := _RENAMED.fullmatch(name)) and match[1].lower() in lower_case for name in self.names):
            return
        lines = "auto" if self._path.suffix.lower() == ".json" else "newline_delimited"
        objects = f"read_json_objects({path_literal(self._read)}, format = '{lines}')"
        keys = self._connection.execute(f"SELECT DISTINCT unnest(json_keys(json)) FROM {objects}").fetchall()
        first: dict[str, str] = {}
        for (key,) in sorted(keys):
            if first.setdefault(key.lower(), key) != key:
                shown = f"{first[key.lower()]!r} and {key!r}"
                raise DataError(
                    f"the columns of {self._path}", "names that differ by more than capitals", shown, "rename one"
                )

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except (duckdb.Error, pa.ArrowException, OSError, MemoryError) as error:
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> DataError:
        if memory_error := out_of_memory(error):
            return memory_error
        if self._path.stat().st_size == 0:
            return DataError(str(self._path), "JSON objects", "an empty file (0 bytes)", "fill the file")
        received = engine_message(error)
        if duplicate := _DUPLICATE.search(str(error)):
            place = f"{self._path}, line {duplicate[1]}"
            return DataError(place, "each key once", f"{shorten(duplicate[2])} twice", "rename or remove one")
        if self._path.suffix.lower() != ".json":
            with self._path.open("rb") as stream:
                for number, line in enumerate(stream, start=1):
                    fault = _fault_of_line(line)
                    if fault:
                        place = f"{self._path}, line {number}"
                        return DataError(place, "one JSON object", fault, "fix or remove the line")
            received = "none with a key"
        elif isinstance(error, duckdb.BinderException):
            received = "other JSON"
        return DataError(str(self._path), "JSON objects, one per line or in an array", received, "fix the file")


def _fault_of_line(line: bytes) -> str | None:
    text = line.decode("utf-8", errors="replace").strip()
    try:
        value = json.loads(line.decode("utf-8").strip()) if text else {}
    except UnicodeDecodeError as error:
        return f"a byte that is not UTF-8, 0x{line[error.start]:02x} at position {error.start + 1}"
    except json.JSONDecodeError as error:
        return f"{shorten(text)} ({error.msg.split(' (')[0]} at position {error.pos + 1})"
    return None if isinstance(value, dict) else shorten(text)
