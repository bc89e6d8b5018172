"""What is wrong with a table, in a sentence: the file, the line, the column, and what to do.

DuckDB stops at a malformed row, yet counts a quoted line break as no line and may not name the row at all. So a file
that it refuses is read once more here, slowly and by the book, until the fault is found.
"""

import csv
import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.errors import DataError
from tables.compression import plain

_LONGEST_QUOTE = 60


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean ...?)` with the nearest known name, or nothing where none is near."""
    names = list(known)
    by_case = [other for other in names if other.lower() == name.lower()]
    found = by_case or difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f" (did you mean {found[0]!r}?)" if found else ""


def malformed(path: Path, delimiter: str) -> DataError | None:
    """Return the first fault of a delimited file: not UTF-8, ragged, a stray quote; None where there is none."""
    reader = csv.reader(_lines(path), delimiter=delimiter, strict=True)
    width = 0
    try:
        while True:
            line = reader.line_num + 1
            row = next(reader)
            width = width or len(row)
            if row and len(row) != width:
                return DataError(
                    f"{path}, line {line}",
                    f"{width} values, as in the header",
                    f"{len(row)}: {shorten(delimiter.join(row))}",
                    "mend or remove the line",
                )
    except StopIteration:
        return _mixed_line_ends(path)
    except DataError as error:
        return error
    except csv.Error as error:
        return DataError(f"{path}, line {line}", "quotes in pairs around a whole value", str(error), "mend the quotes")


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


def header_of(path: Path, delimiter: str) -> list[str]:
    """Return the names in a delimited file's first row."""
    try:
        return [name.strip() for name in next(csv.reader(_lines(path), delimiter=delimiter), [])]
    except csv.Error as error:
        raise DataError(f"{path}, line 1", "a header", str(error), "mend the quotes") from None


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


def shorten(text: str, longest: int = _LONGEST_QUOTE) -> str:
    """Return `text` on one line, cut to a length that fits a sentence."""
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 3] + "..."


def _lines(path: Path) -> Iterator[str]:
    with plain(path) as stream:
        for number, line in enumerate(stream, start=1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                stray = f"the byte 0x{line[error.start]:02x} at position {error.start + 1}"
                raise DataError(f"{path}, line {number}", "UTF-8 text", stray, "save the file as UTF-8") from None


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
