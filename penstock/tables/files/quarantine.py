"""The quarantine: malformed rows of delimited files with file, line, text and reason, so that the others can be read.

Rows that the caller names, such as those whose values do not fit the configuration, are quarantined too.

A strict csv reader separates the rows in one pass of Python; DuckDB then reads the valid rows, and their number is
checked. This takes 0.20 s for 100,000 rows of 18 columns.

DuckDB's `store_rejects` costs nothing measurable, but with a malformed row in a file it rejects valid rows with quoted
line breaks, of which it reads the second line as a row, and it drops empty extra values without an error.
"""

import csv
import io
import shutil
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from penstock.core.errors import DataError
from penstock.core.files import as_data_errors, private_file
from penstock.tables.files.compression import check_complete, open_decompressed
from penstock.tables.files.faults import csv_fault, long_values
from penstock.tables.files.find import Files
from penstock.tables.files.partitions import partition_folder
from penstock.tables.files.reading import delimiter_of

# The columns of the file with the malformed rows.
HEADER = ["file", "line", "text", "reason"]
_BROKEN = "quotes that are not in pairs around a complete value"
_SPACED = "more than one space before a quote"


@dataclass(frozen=True)
class Record:
    """One row of a delimited file as bytes, and why it is malformed, if it is."""

    line: int
    raw: bytes
    reason: str | None = None


@dataclass(frozen=True)
class SeparatedFiles:
    """The files of a source without their malformed rows.

    Attributes:
        paths: The path to read for each file; the file itself if all of its rows are valid.
        valid_rows: The number of valid rows.
        quarantined: The number of malformed rows.
        file: The malformed rows, as CSV.
    """

    paths: tuple[Path, ...]
    valid_rows: int
    quarantined: int
    file: Path


def separate(
    files: Files, folder: Path, invalid: Mapping[Path, Mapping[int, str]] | None = None
) -> SeparatedFiles | None:
    """Return delimited files without malformed rows.

    Args:
        files: The files.
        folder: The folder for the valid and the malformed rows.
        invalid: Further rows to quarantine, by file: their positions among the rows that are not malformed, from 1,
            with the reason.
    """
    for path in files.paths:
        check_complete(path)
    delimiter = delimiter_of(files)
    if delimiter is None:
        return None
    rejects = folder / "quarantine.csv"
    paths, valid_rows, quarantined = [], 0, 0
    with as_data_errors(folder), rejects.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for number, path in enumerate(files.paths):
            reasons = (invalid or {}).get(path, {})
            valid, malformed, uniform = _count(path, delimiter, reasons)
            if malformed or not uniform:
                copy = (
                    partition_folder(folder / str(number), path) / "rows.csv"
                    if files.keys
                    else folder / f"{number}.csv"
                )
                copy.parent.mkdir(parents=True, exist_ok=True)
                _split(_with_reasons(path, delimiter, reasons), path, copy, writer)
                path = copy
            paths.append(path)
            valid_rows, quarantined = valid_rows + valid, quarantined + malformed
    return SeparatedFiles(tuple(paths), valid_rows, quarantined, rejects)


def quarantine_name(digest: str) -> str:
    """Return the name of the file for the malformed rows of a source with a digest."""
    return f"{digest[:16]}.csv"


def save_quarantine(separated: SeparatedFiles, folder: Path, name: str) -> Path:
    """Write the malformed rows to a file in `folder` by one rename, and return the file."""
    with (
        private_file(folder / name) as temporary,
        separated.file.open("rb") as source,
        temporary.open("wb") as stream,
    ):
        shutil.copyfileobj(source, stream)
    return folder / name


def records(path: Path, delimiter: str) -> Iterator[Record]:
    """Yield the header, then each row; of a row with a quoting error only the first line is malformed."""
    with open_decompressed(path) as stream, long_values():
        lines = _Lines(stream)
        # As in DuckDB, a space before a quote is skipped, unless the delimiter is a space.
        reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=delimiter != " ")
        width = 0
        while True:
            line = lines.number + 1
            lines.start_row()
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Record(line, lines.first_line(), _broken(error))
                continue
            # A blank line is no row, except in a table of one column, where the row has a missing value.
            if row or width == 1:
                width = width or len(row)
                raw = lines.row_bytes()
                yield Record(
                    line, raw, lines.encoding_error() or _ragged(row, width) or _spaced_quote(row, raw, delimiter)
                )


def _broken(error: csv.Error) -> str:
    kind = csv_fault(error)
    return f"{kind[1]} in place of {kind[0]}" if kind else f"{_BROKEN} ({error})"


def _ragged(row: list[str], width: int) -> str | None:
    values = max(len(row), 1)
    return None if values == width else f"{values} values where the header has {width}"


def _spaced_quote(row: list[str], raw: bytes, delimiter: str) -> str | None:
    """Return the reason if a quote follows two spaces or more: DuckDB skips one, and reads the quote as text."""
    if b'  "' not in raw or delimiter == " ":
        return None
    text = io.StringIO(raw.decode("utf-8-sig"), newline="")
    try:
        unskipped = next(csv.reader(text, delimiter=delimiter, strict=True))
    except csv.Error:
        return _SPACED
    differing = [value for value, skipped in zip(unskipped, row, strict=False) if value != skipped]
    return _SPACED if any(value.lstrip(" ").startswith('"') for value in differing) else None


class _Lines:
    """The lines of a stream as text; all lines of a malformed row except the first can be read again."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.number = 0
        self._stream = stream
        self._again: deque[bytes] = deque()
        self._row_lines: list[bytes] = []
        self._encoding_error: str | None = None

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        raw = self._again.popleft() if self._again else next(self._stream)
        self.number += 1
        self._row_lines.append(raw)
        try:
            return raw.decode("utf-8-sig" if self.number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            self._encoding_error = f"not UTF-8: the byte 0x{raw[error.start]:02x}"
            return raw.decode("utf-8", "surrogateescape")

    def start_row(self) -> None:
        """Start a new row."""
        self._row_lines, self._encoding_error = [], None

    def row_bytes(self) -> bytes:
        """Return the bytes of the row's lines."""
        return b"".join(self._row_lines)

    def encoding_error(self) -> str | None:
        """Return the reason if the row is not UTF-8."""
        return self._encoding_error

    def first_line(self) -> bytes:
        """Return the first line of the row, and read the others again."""
        self._again.extendleft(reversed(self._row_lines[1:]))
        self.number -= len(self._row_lines) - 1
        return self._row_lines[0]


def _with_reasons(path: Path, delimiter: str, invalid: Mapping[int, str]) -> Iterator[Record]:
    """Yield the records, with the reasons of the caller's invalid rows."""
    place = -1
    for record in records(path, delimiter):
        place += not record.reason
        yield replace(record, reason=record.reason or invalid.get(place))


def _count(path: Path, delimiter: str, invalid: Mapping[int, str]) -> tuple[int, int, bool]:
    """Return the numbers of valid and malformed rows, and whether all line endings are equal."""
    valid, malformed, endings = -1, 0, set()
    for record in _with_reasons(path, delimiter, invalid):
        if record.reason and valid < 0:
            remedy = "correct the first line; a quarantine accepts rows, not the header"
            raise DataError(f"{path}, line {record.line}", "a header", record.reason, remedy)
        valid, malformed = valid + (not record.reason), malformed + bool(record.reason)
        endings.add(record.raw.endswith(b"\r\n"))
    return max(valid, 0), malformed, len(endings) < 2


def _split(judged: Iterator[Record], path: Path, copy: Path, writer: Any) -> None:
    with copy.open("wb") as stream:
        for record in judged:
            raw = record.raw.rstrip(b"\r\n")
            if record.reason:
                writer.writerow([path, record.line, raw.decode("utf-8", "backslashreplace"), record.reason])
            else:
                stream.write(raw + b"\n")
