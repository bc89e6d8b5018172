"""What is wrong with a table, in a sentence: the file, the line, the column, and what to do.

DuckDB stops at a malformed row, yet counts a quoted line break as no line and may not name the row at all. So a file
that it refuses is read once more here, slowly and by the book, until the fault is found.
"""

import csv
import io
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from penstock.core.errors import DataError
from penstock.core.text import shorten
from penstock.tables.files.compression import plain

# As long as a row may be for DuckDB; an open quote reaches no further.
LONGEST = 2_000_000
_LONGEST_QUOTE = 60
# Rows that are longer are not searched for the column that is at fault.
_LONGEST_ROW = 100_000


@contextmanager
def long_values() -> Iterator[None]:
    """Let Python's csv read values as long as a row may be for DuckDB; by itself it stops at 131,072 characters."""
    before = csv.field_size_limit(LONGEST)
    try:
        yield
    finally:
        csv.field_size_limit(before)


@long_values()
def malformed(path: Path, delimiter: str) -> DataError | None:
    """Return the first fault of a delimited file: not UTF-8, ragged, a stray quote, or line ends of two kinds."""
    return malformed_row(path, delimiter) or _mixed_line_ends(path)


def malformed_row(path: Path, delimiter: str) -> DataError | None:
    """Return the first malformed row of a delimited file: not UTF-8, ragged, a stray quote; None without one."""
    reader = csv.reader(_lines(path), delimiter=delimiter, strict=True)
    header: list[str] = []
    line = 1
    try:
        for row in reader:
            header = header or [name.strip() for name in row]
            if row and len(row) != len(header):
                return DataError(
                    f"{path}, line {line}",
                    f"{len(header)} values, as in the header",
                    f"{len(row)}: {shorten(delimiter.join(row))} ({_odd_value(row, header)})",
                    "mend or remove the line",
                )
            line = reader.line_num + 1
    except _StrayByte as error:
        text = _text(path, line, reader.line_num) + error.before
        received = error.received + _place(text, delimiter, header)
        return DataError(error.what, error.expected, received, error.next_step)
    except csv.Error as error:
        kind = csv_fault(error)
        if kind:
            return DataError(f"{path}, line {line}", *kind)
        text = _text(path, line, reader.line_num)
        received = f"{error}: {shorten(text)}{_place(text, delimiter, header)}"
        return DataError(f"{path}, line {line}", "quotes in pairs around a whole value", received, "mend the quotes")
    return None


def csv_fault(error: csv.Error) -> tuple[str, str, str] | None:
    """Return expected, received and next step of what is not the fault of a quote; None of what is."""
    said = str(error)
    if "new-line character" in said:
        return r"the line end \n or \r\n", r"\r alone", r"save the file with \n at the end of each line"
    if "field limit" in said:
        return f"values of at most {LONGEST:,} characters", "a longer one", "shorten it, or close the quote before it"
    return None


def out_of_memory(error: Exception) -> DataError | None:
    """Return what an error says of memory that did not suffice; None where it is another."""
    if not isinstance(error, MemoryError) and "Out of Memory" not in str(error):
        return None
    remedy = "free some, or use fewer columns or rows, or a query that sorts and groups less"
    return DataError("memory", "enough to read and query the table", engine_sentence(error), remedy)


@long_values()
def line_of(path: Path, delimiter: str, column: str, value: str) -> int | None:
    """Return the line on which the row starts whose `column` first holds `value`."""
    reader = csv.reader(_lines(path), delimiter=delimiter)
    header = [name.strip() for name in next(reader, [])]
    if column not in header:
        return None
    index = header.index(column)
    while True:
        line = reader.line_num + 1
        row = next(reader, None)
        if row is None:
            return None
        if len(row) > index and row[index].strip() == value.strip():
            return line


@long_values()
def header_of(path: Path, delimiter: str) -> list[str]:
    """Return the names in a delimited file's first row."""
    try:
        return [name.strip() for name in next(csv.reader(_lines(path), delimiter=delimiter, strict=True), [])]
    except csv.Error as error:
        kind = csv_fault(error) or ("a header", str(error), "mend the quotes")
        raise DataError(f"{path}, line 1", *kind) from None


def first_line(path: Path) -> str:
    """Return the first line of a UTF-8 file, without a byte order mark."""
    return next(_lines(path), "").rstrip("\r\n")


def engine_sentence(error: Exception) -> str:
    """Return what the SQL engine says, on one line and without its name for the kind of error."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    converting = [line for line in lines if line.startswith("Error when converting")]
    if converting:
        return converting[0].rstrip(".")
    first = lines[0].split("Error: ", 1)[-1].rstrip(" .!")
    hints = [line for line in lines[1:] if line.lower().startswith(("candidate bindings", "did you mean"))]
    return f"{first} ({hints[0]})" if hints else first


class _StrayByte(DataError):
    """A byte that is no text; `before` is what stands before it on its line."""

    before = ""


def _lines(path: Path) -> Iterator[str]:
    with plain(path) as stream:
        for number, line in enumerate(stream, start=1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                received = f"the byte 0x{line[error.start]:02x} at position {error.start + 1}: {_around(line, error)}"
                stray = _StrayByte(f"{path}, line {number}", "UTF-8 text", received, "save the file as UTF-8")
                stray.before = line[: error.start].decode("utf-8-sig")
                raise stray from None


def _around(line: bytes, error: UnicodeDecodeError) -> str:
    """Return the text of a line about a byte that is none."""
    first = max(error.start - _LONGEST_QUOTE // 2, 0)
    before = line[first : error.start].decode("utf-8", "ignore")
    text = ("..." if first else "") + before + line[error.start :].decode("utf-8", "backslashreplace")
    # What does not print, such as the noughts of UTF-16, is written as Python would.
    return shorten("".join(sign if sign.isprintable() or sign.isspace() else repr(sign)[1:-1] for sign in text))


def _text(path: Path, first: int, last: int) -> str:
    """Return the lines of a row, as many as are searched for a column."""
    text = ""
    for line in islice(_lines(path), first - 1, last):
        text += line
        if len(text) > _LONGEST_ROW:
            break
    return text


def _odd_value(row: list[str], header: list[str]) -> str:
    if len(row) < len(header):
        return f"no value for {header[len(row)]!r}"
    return f"{shorten(repr(row[len(header)]))} beyond the last column {header[-1]!r}"


def _place(text: str, delimiter: str, header: list[str]) -> str:
    """Return ` (the column ...)` of the quote at which a row breaks; where none does, of its last value."""
    if len(text) > _LONGEST_ROW:
        return ""
    end = bisect_left(range(len(text)), True, key=lambda size: _breaks(text[:size], delimiter))
    values = next(csv.reader(io.StringIO(text[:end], newline=""), delimiter=delimiter), [""])
    return f" (the column {header[len(values) - 1]!r})" if len(values) <= len(header) else ""


def _breaks(text: str, delimiter: str) -> bool:
    """Say whether something follows a quote that ends a value; an open quote may yet be closed."""
    try:
        next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), None)
    except csv.Error as error:
        return "expected after" in str(error)
    return False


def _mixed_line_ends(path: Path) -> DataError | None:
    with plain(path) as stream:
        windows = next(stream, b"").endswith(b"\r\n")
        for number, line in enumerate(stream, start=2):
            if line.endswith(b"\n") and line.endswith(b"\r\n") != windows:
                ends = ("\\r\\n", "\\n") if windows else ("\\n", "\\r\\n")
                return DataError(
                    f"{path}, line {number}", f"the line end {ends[0]} throughout", ends[1], "use one kind of line end"
                )
    return None
