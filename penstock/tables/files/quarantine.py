"""Malformed rows of delimited files, set aside with file, line, text and reason, so that the others can be read.

So are further rows that someone else finds fault with, such as those whose values are not what was configured.

The rows are told apart by the book, in one pass of Python; DuckDB then reads what is left, and has to find as many.
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
from penstock.tables.files.compression import check_whole, plain
from penstock.tables.files.faults import csv_fault, long_values
from penstock.tables.files.find import Files
from penstock.tables.files.partitions import placed
from penstock.tables.files.reading import delimiter_of

_BROKEN = "quotes that are not in pairs around a whole value"
_SPACED = "more than one space before a quote"


@dataclass(frozen=True)
class Record:
    """One row of a delimited file as it is written, and what is wrong with it, if anything."""

    line: int
    raw: bytes
    reason: str | None = None


@dataclass(frozen=True)
class Separated:
    """The files of a source without their malformed rows.

    Attributes:
        paths: What to read in place of each file; the file itself where all of it is sound.
        kept: The number of sound rows.
        quarantined: The number of malformed rows.
        file: The malformed rows, as CSV.
    """

    paths: tuple[Path, ...]
    kept: int
    quarantined: int
    file: Path


def separate(files: Files, folder: Path, odd: Mapping[Path, Mapping[int, str]] | None = None) -> Separated | None:
    """Return delimited files without malformed rows.

    Args:
        files: The files.
        folder: Where to write what is needed for that.
        odd: For each file further rows to set aside: their places among those that are not malformed, from 1 on, each
            with the reason.
    """
    for path in files.paths:
        check_whole(path)
    delimiter = delimiter_of(files)
    if delimiter is None:
        return None
    rejects = folder / "quarantine.csv"
    paths, kept, quarantined = [], 0, 0
    with as_data_errors(folder), rejects.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["file", "line", "text", "reason"])
        for number, path in enumerate(files.paths):
            refused = (odd or {}).get(path, {})
            sound, malformed, uniform = _count(path, delimiter, refused)
            if malformed or not uniform:
                copy = placed(folder / str(number), path) / "rows.csv" if files.keys else folder / f"{number}.csv"
                copy.parent.mkdir(parents=True, exist_ok=True)
                _split(_judged(path, delimiter, refused), path, copy, writer)
                path = copy
            paths.append(path)
            kept, quarantined = kept + sound, quarantined + malformed
    return Separated(tuple(paths), kept, quarantined, rejects)


def keep(separated: Separated, folder: Path, name: str) -> Path:
    """Put the malformed rows into `folder` under `name`, whole or not at all, and return the file."""
    with (
        private_file(folder / name) as made,
        separated.file.open("rb") as source,
        made.open("wb") as stream,
    ):
        shutil.copyfileobj(source, stream)
    return folder / name


def records(path: Path, delimiter: str) -> Iterator[Record]:
    """Yield the header, then each row; where a quote breaks a row, its first line alone is malformed."""
    with plain(path) as stream, long_values():
        lines = _Lines(stream)
        # A space before a quote is skipped as DuckDB does, but for a space that separates.
        reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=delimiter != " ")
        width = 0
        while True:
            line = lines.number + 1
            lines.begin()
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Record(line, lines.first(), _broken(error))
                continue
            # A blank line is no row, but in a table of one column it is one without a value.
            if row or width == 1:
                width = width or len(row)
                raw = lines.taken()
                yield Record(line, raw, lines.stray() or _ragged(row, width) or _spaced(row, raw, delimiter))


def _broken(error: csv.Error) -> str:
    kind = csv_fault(error)
    return f"{kind[1]} in place of {kind[0]}" if kind else f"{_BROKEN} ({error})"


def _ragged(row: list[str], width: int) -> str | None:
    values = max(len(row), 1)
    return None if values == width else f"{values} values where the header has {width}"


def _spaced(row: list[str], raw: bytes, delimiter: str) -> str | None:
    """Say where a quote stands after two spaces or more: DuckDB skips one, and takes the quote for text after two."""
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
    """The lines of a stream as text; those of a broken row, but for its first, can be read once more."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.number = 0
        self._stream = stream
        self._again: deque[bytes] = deque()
        self._taken: list[bytes] = []
        self._stray: str | None = None

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        raw = self._again.popleft() if self._again else next(self._stream)
        self.number += 1
        self._taken.append(raw)
        try:
            return raw.decode("utf-8-sig" if self.number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            self._stray = f"not UTF-8: the byte 0x{raw[error.start]:02x}"
            return raw.decode("utf-8", "surrogateescape")

    def begin(self) -> None:
        """Forget the last row."""
        self._taken, self._stray = [], None

    def taken(self) -> bytes:
        """Return the lines of the row."""
        return b"".join(self._taken)

    def stray(self) -> str | None:
        """Say what in the row is not text."""
        return self._stray

    def first(self) -> bytes:
        """Return the first line of the row and give the others back."""
        self._again.extendleft(reversed(self._taken[1:]))
        self.number -= len(self._taken) - 1
        return self._taken[0]


def _judged(path: Path, delimiter: str, odd: Mapping[int, str]) -> Iterator[Record]:
    """Yield the records, with the reasons of those that are odd for what they hold."""
    place = -1
    for record in records(path, delimiter):
        place += not record.reason
        yield replace(record, reason=record.reason or odd.get(place))


def _count(path: Path, delimiter: str, odd: Mapping[int, str]) -> tuple[int, int, bool]:
    """Return the sound rows, the malformed ones, and whether all lines end alike."""
    sound, malformed, ends = -1, 0, set()
    for record in _judged(path, delimiter, odd):
        if record.reason and sound < 0:
            remedy = "correct the first line; a quarantine sets aside rows, not the header"
            raise DataError(f"{path}, line {record.line}", "a header", record.reason, remedy)
        sound, malformed = sound + (not record.reason), malformed + bool(record.reason)
        ends.add(record.raw.endswith(b"\r\n"))
    return max(sound, 0), malformed, len(ends) < 2


def _split(judged: Iterator[Record], path: Path, copy: Path, writer: Any) -> None:
    with copy.open("wb") as stream:
        for record in judged:
            raw = record.raw.rstrip(b"\r\n")
            if record.reason:
                writer.writerow([path, record.line, raw.decode("utf-8", "backslashreplace"), record.reason])
            else:
                stream.write(raw + b"\n")
