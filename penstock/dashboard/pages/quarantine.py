"""The page of the quarantine: the malformed rows of the source that runs left out, counted and with examples."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from penstock.dashboard.sources import Source
from penstock.metadata.lineage import Run
from penstock.tables.files.faults import long_values
from penstock.tables.files.quarantine import HEADER, quarantine_name

MOST_FILES, MOST_EXAMPLES = 20, 20
# Of a large file the rest is not read.
_MOST_BYTES = 2 << 20
_MOST_TEXT = 300


@dataclass(frozen=True)
class Malformed:
    """A row: its file, its line, its text and why it is malformed."""

    file: str
    line: str
    text: str
    reason: str


@dataclass(frozen=True)
class Quarantined:
    """The malformed rows of one state of the source.

    Attributes:
        file: The file that has them.
        runs: The runs that left them out, the newest first.
        count: Their number as the runs recorded it; None if no run in the store did.
        reasons: How often each reason occurs in what was read.
        examples: The first rows.
        is_whole: Whether all of the file was read.
        fault: Why it cannot be read.
    """

    file: Path
    runs: tuple[Run, ...]
    count: int | None
    reasons: tuple[tuple[str, int], ...] = ()
    examples: tuple[Malformed, ...] = ()
    is_whole: bool = True
    fault: str = ""


def folder(source: Source) -> Path | None:
    """Return the configured folder of the quarantine; None if there is none."""
    place = source.config.input.quarantine
    return None if place is None else Path(place)


def quarantined(source: Source) -> list[Quarantined]:
    """Return the files of the quarantine, those of the newest runs first; at most 20."""
    place = folder(source)
    if place is None:
        return []
    runs: dict[str, list[Run]] = {}
    for run in source.runs.all():
        if run.quarantined:
            runs.setdefault(_name(run), []).append(run)
    names = [*runs, *sorted(path.name for path in place.glob("*.csv") if path.name not in runs)]
    return [_read(place / name, tuple(runs.get(name, ()))) for name in names[:MOST_FILES]]


def _name(run: Run) -> str:
    """Return the name of the file that ExampleGen wrote."""
    examples = run.output("Examples")
    return quarantine_name(str(examples.properties.get("digest", ""))) if examples else ""


def _read(file: Path, runs: tuple[Run, ...]) -> Quarantined:
    count = runs[0].quarantined if runs else None
    try:
        rows, is_whole = _rows(file)
    except (OSError, csv.Error) as error:
        reason = str(getattr(error, "strerror", None) or error).lower()
        return Quarantined(file, runs, count, fault=f"{file} cannot be read: {reason}")
    reasons = Counter(row.reason for row in rows).most_common(MOST_EXAMPLES)
    return Quarantined(file, runs, count, tuple(reasons), tuple(rows[:MOST_EXAMPLES]), is_whole)


def _rows(file: Path) -> tuple[list[Malformed], bool]:
    """Return the rows in the first two megabytes of a file, and whether that is all of it.

    Raises:
        csv.Error: It is no file of the quarantine.
    """
    with file.open("rb") as stream:
        text = stream.read(_MOST_BYTES).decode("utf-8", "replace")
        is_whole = not stream.read(1)
    with long_values():
        reader = csv.reader(io.StringIO(text, newline=""))
        if next(reader, None) != HEADER:
            raise csv.Error("its first line is not that of a quarantine")
        rows = list(_parsed(reader))
    # Of a file that is not read to its end the last row may be cut.
    return (rows if is_whole else rows[:-1]), is_whole


def _parsed(reader: Iterator[list[str]]) -> Iterator[Malformed]:
    for row in reader:
        if len(row) == len(HEADER):
            yield Malformed(row[0], row[1], row[2][:_MOST_TEXT], row[3])
