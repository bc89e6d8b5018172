"""The rows of a JSON file: one object per line, or one array of objects; read by DuckDB, in its order."""

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
from penstock.serving.batch.reading import Held
from penstock.tables.files.faults import engine_message, out_of_memory
from penstock.tables.sql import literal, path_literal, quoted

ENDINGS = (".jsonl", ".ndjson", ".json")

# Text that looks like a date stays as it is written, and a column of several kinds becomes text.
_KEPT_AS_TEXT = ("DATE", "TIME", "UUID", "JSON", "VARCHAR")
_RENAMED = re.compile(r"(.+)_[0-9]+", re.DOTALL)
_TWICE = re.compile(r'in line ([0-9]+): Duplicate key ("[^"]*")')
_KIND = "penstock_kind_{}"
# With several threads DuckDB 1.2 now and then gives the last line of a file, where no line end follows it, first.
_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "preserve_insertion_order": "true",
    "threads": "1",
}


class JsonRows:
    """The rows of one JSON file; a context that holds the connection."""

    def __init__(self, path: Path) -> None:
        self.names: tuple[str, ...] = ()
        self._path = path
        self._held = ExitStack()

    def __enter__(self) -> "JsonRows":
        self._connection = self._held.enter_context(duckdb.connect(config=_SETTINGS))
        try:
            lines = "auto" if self._path.suffix.lower() == ".json" else "newline_delimited"
            self._read = self._without_mark()
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

    def _without_mark(self) -> Path:
        """Return the file, or a copy of it where a byte order mark begins it, which DuckDB refuses."""
        with self._path.open("rb") as stream:
            if stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
                return self._path
            copy = self._held.enter_context(temporary_folder()) / "rows.json"
            with as_data_errors(copy.parent), copy.open("wb") as target:
                shutil.copyfileobj(stream, target)
        return copy

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error:
            self._connection.interrupt()  # Else closing waits for the query that is running.
        self._held.close()

    def count(self) -> int:
        """Return the number of rows."""
        with self._sentences():
            return int(self._connection.execute(f"SELECT count(*) FROM {self._reading}").fetchall()[0][0])

    def batches(self, size: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows in their order, at most `size` at a time."""
        with self._sentences():
            yield from self._connection.sql(f"SELECT * FROM {self._reading}").fetch_arrow_reader(size)

    def texts(self, columns: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
        """Yield SQL over the columns, whose values are the texts that they are or are written with, in order."""
        read = ", ".join(f"{column} AS penstock_{place}" for place, column in enumerate(columns))
        # A connection runs one query at a time, and drops what another still has to give.
        with self._sentences(), self._connection.cursor() as apart:
            yield from apart.sql(f"SELECT {read} FROM {self._text_rows}").fetch_arrow_reader(size)

    def held(self) -> dict[str, Held]:
        """Return the columns as `texts` has them, each with the kind that its value has in JSON."""
        return {
            name: Held(quoted(name), "VARCHAR", quoted(_KIND.format(place))) for place, name in enumerate(self.names)
        }

    def text(self, row: int, column: str) -> str:
        """Return a value as text, by the number of its row from 1."""
        with self._sentences():
            rows = f"{self._text_rows} QUALIFY row_number() OVER () = {row}"
            return str(self._connection.cursor().execute(f"SELECT {quoted(column)} FROM {rows}").fetchall()[0][0])

    def _texts(self) -> str:
        """Return a query for each value as text: what is a text, as it reads; of all others, the JSON."""
        kinds = ", ".join(f"{literal(name)}: 'JSON'" for name in self.names)
        columns = [
            f"CASE json_type({quoted(name)}) WHEN 'VARCHAR' THEN {quoted(name)} ->> '$' WHEN 'NULL' THEN NULL "
            f"ELSE CAST({quoted(name)} AS VARCHAR) END AS {quoted(name)}"
            for name in self.names
        ]
        columns += [
            f"json_type({quoted(name)}) AS {quoted(_KIND.format(place))}" for place, name in enumerate(self.names)
        ]
        return f"SELECT {', '.join(columns)} FROM read_json({self._options}, columns = {{{kinds}}})"

    def _types(self) -> dict[str, str]:
        # Thresholds of none: an object's rare keys are columns too, and do not turn the whole into a map.
        whole = "sample_size = -1, map_inference_threshold = -1, field_appearance_threshold = 0"
        described = self._connection.execute(f"DESCRIBE SELECT * FROM read_json({self._options}, {whole})").fetchall()
        return {name: "VARCHAR" if str(kind).startswith(_KEPT_AS_TEXT) else str(kind) for name, kind, *_ in described}

    def _check_keys(self) -> None:
        """Raise a DataError where only capitals tell two keys apart, the later of which DuckDB renames."""
        low = {name.lower() for name in self.names}
        if not any((match := _RENAMED.fullmatch(name)) and match[1].lower() in low for name in self.names):
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
        if scarce := out_of_memory(error):
            return scarce
        if self._path.stat().st_size == 0:
            return DataError(str(self._path), "JSON objects", "an empty file (0 bytes)", "fill the file")
        received = engine_message(error)
        if twice := _TWICE.search(str(error)):
            place = f"{self._path}, line {twice[1]}"
            return DataError(place, "each key once", f"{shorten(twice[2])} twice", "rename or remove one")
        if self._path.suffix.lower() != ".json":
            with self._path.open("rb") as stream:
                for number, line in enumerate(stream, start=1):
                    fault = _fault_of_line(line)
                    if fault:
                        place = f"{self._path}, line {number}"
                        return DataError(place, "one JSON object", fault, "mend or remove the line")
            received = "none with a key"
        elif isinstance(error, duckdb.BinderException):
            received = "other JSON"
        return DataError(str(self._path), "JSON objects, one per line or in an array", received, "mend the file")


def _fault_of_line(line: bytes) -> str | None:
    text = line.decode("utf-8", errors="replace").strip()
    try:
        value = json.loads(line.decode("utf-8").strip()) if text else {}
    except UnicodeDecodeError as error:
        return f"a byte that is not UTF-8, 0x{line[error.start]:02x} at position {error.start + 1}"
    except json.JSONDecodeError as error:
        return f"{shorten(text)} ({error.msg.split(' (')[0]} at position {error.pos + 1})"
    return None if isinstance(value, dict) else shorten(text)
