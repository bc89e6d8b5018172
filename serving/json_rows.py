"""The rows of a JSON file: one object per line, or one array of objects; read by DuckDB, in its order."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from pipeline.errors import DataError
from tables.faults import engine_sentence, out_of_memory, shorten
from tables.sql import literal, path_literal

ENDINGS = (".jsonl", ".ndjson", ".json")

# Text that looks like a date stays as it is written, and a column of several kinds becomes text.
_KEPT_AS_TEXT = ("DATE", "TIME", "UUID", "JSON", "VARCHAR")
_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "preserve_insertion_order": "true",
}


class JsonRows:
    """The rows of one JSON file; a context that holds the connection."""

    def __init__(self, path: Path) -> None:
        self.names: tuple[str, ...] = ()
        self._path = path
        lines = "auto" if path.suffix.lower() == ".json" else "newline_delimited"
        self._options = f"{path_literal(path)}, format = '{lines}', records = true"

    def __enter__(self) -> "JsonRows":
        self._connection = duckdb.connect(config=_SETTINGS)
        try:
            with self._sentences():
                types = self._types()
                kinds = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in types.items())
                self._reading = f"read_json({self._options}, columns = {{{kinds}}})"
                self.names = tuple(types)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error:
            self._connection.interrupt()  # Else closing waits for the query that is running.
        self._connection.close()

    def count(self) -> int:
        """Return the number of rows."""
        with self._sentences():
            return int(self._connection.execute(f"SELECT count(*) FROM {self._reading}").fetchall()[0][0])

    def batches(self, size: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows in their order, at most `size` at a time."""
        with self._sentences():
            yield from self._connection.sql(f"SELECT * FROM {self._reading}").fetch_arrow_reader(size)

    def _types(self) -> dict[str, str]:
        # Thresholds of none: an object's rare keys are columns too, and do not turn the whole into a map.
        whole = "sample_size = -1, map_inference_threshold = -1, field_appearance_threshold = 0"
        described = self._connection.execute(f"DESCRIBE SELECT * FROM read_json({self._options}, {whole})").fetchall()
        return {name: "VARCHAR" if str(kind).startswith(_KEPT_AS_TEXT) else str(kind) for name, kind, *_ in described}

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
        received = engine_sentence(error)
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
