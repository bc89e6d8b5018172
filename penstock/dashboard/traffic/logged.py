"""What the newest files of a log of requests have of each version, with limits on files and rows.

A complete file never changes, so each is read once; only the columns that the page shows are read.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import DataError
from penstock.core.request_log import OUTPUT, ROW, TIME, VERSION
from penstock.core.stamps import FileStamp, stamp_of
from penstock.serving.requests.files import LogFile, batches, newest

MOST_FILES, MOST_ROWS = 64, 100_000
# Of a text with more values, such as a free text, the rest is not counted.
_MOST_TEXTS = 1_000


@dataclass
class Rows:
    """The rows that a version answered.

    Attributes:
        rows: The number of rows.
        requests: The number of requests; those of files of before `penstock_row` was written are not known.
        first: The time of the first answer.
        last: The time of the last one.
        numbers: The values of each output of one number for each row.
        texts: How often each output of one text for each row had a value.
    """

    rows: int = 0
    requests: int = 0
    first: datetime | None = None
    last: datetime | None = None
    numbers: dict[str, list[np.ndarray]] = field(default_factory=dict)
    texts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, other: "Rows") -> None:
        """Add the rows of another file."""
        self.rows += other.rows
        self.requests += other.requests
        self.first = min((each for each in (self.first, other.first) if each), default=None)
        self.last = max((each for each in (self.last, other.last) if each), default=None)
        for name, parts in other.numbers.items():
            self.numbers.setdefault(name, []).extend(parts)
        for name, counts in other.texts.items():
            self.texts.setdefault(name, Counter()).update(counts)


@dataclass(frozen=True)
class Log:
    """The newest part of a log.

    Attributes:
        folder: Its folder.
        versions: The rows of each version, the latest first.
        files: How many files were read.
        older: How many older files were not.
        writing: How many files are being written.
        damaged: Why files cannot be read.
        shares: The shares of the requests that were logged.
        others: The names of other models in the log.
    """

    folder: Path
    versions: Mapping[int, Rows]
    files: int
    older: int
    writing: int
    damaged: tuple[str, ...]
    shares: tuple[float, ...]
    others: tuple[str, ...]


def read_log(folder: Path, model: str) -> Log:
    """Return the newest rows of a log: of at most 64 files, and no further file after 100,000 rows.

    Args:
        folder: Its folder, which may be missing.
        model: The name under which the model was served.
    """
    found = newest(folder, MOST_FILES)
    own = [file for file in found.files if file.model == model]
    damaged, read, rows = list(found.damaged), [], 0
    versions: dict[int, Rows] = {}
    for file in own:
        if rows >= MOST_ROWS:
            break
        try:
            for version, each in _rows_of(file, _stamp(file)).items():
                versions.setdefault(version, Rows()).add(each)
                rows += each.rows
            read.append(file)
        except DataError as error:
            damaged.append(str(error))
    skipped = len(own) - len(read) - (len(damaged) - len(found.damaged))
    return Log(
        folder=folder,
        versions=dict(sorted(versions.items(), reverse=True)),
        files=len(read),
        older=found.older + skipped,
        writing=found.writing,
        damaged=tuple(damaged),
        shares=tuple(sorted({file.share for file in read})),
        others=tuple(sorted({file.model for file in found.files} - {model})),
    )


def _stamp(file: LogFile) -> FileStamp:
    found = stamp_of(file.path)
    if found is None:
        raise DataError(str(file.path), "a file of the log", "no such file", "load the page again")
    return found


@lru_cache(maxsize=MOST_FILES)
def _rows_of(file: LogFile, stamp: FileStamp) -> dict[int, Rows]:
    """Return the rows of each version in a file, of at most 100,000 rows; the stamp changes if it is replaced."""
    all_outputs = [name for name in file.columns if name.startswith(OUTPUT)]
    outputs = [name for name in all_outputs if name.removeprefix(OUTPUT) not in file.hashed]
    wanted = [name for name in (TIME, VERSION, ROW) if name in file.columns]
    found: dict[int, Rows] = {}
    total = 0
    for batch in batches(file, [*wanted, *outputs]):
        for version, rows in _by_version(batch):
            found.setdefault(version, Rows()).add(_counted(rows, outputs))
        total += batch.num_rows
        if total >= MOST_ROWS:
            break
    return found


def _by_version(batch: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
    versions = batch.column(batch.schema.get_field_index(VERSION))
    for number in pc.unique(versions).to_pylist():
        yield number, batch.filter(pc.equal(versions, number))


def _counted(batch: pa.RecordBatch, outputs: list[str]) -> Rows:
    def column(name: str) -> pa.Array:
        return batch.column(batch.schema.get_field_index(name))

    first, last = (each.as_py() for each in pc.min_max(column(TIME)).values())
    rows = Rows(batch.num_rows, 0, first, last)
    if ROW in batch.schema.names:
        rows.requests = pc.sum(pc.equal(column(ROW), 0)).as_py() or 0
    for name in outputs:
        values, output = column(name).drop_null(), name.removeprefix(OUTPUT)
        if pa.types.is_string(values.type):
            rows.texts[output] = _texts(values)
        elif pa.types.is_floating(values.type) or pa.types.is_integer(values.type):
            rows.numbers[output] = [values.to_numpy(zero_copy_only=False).astype(np.float32)]
    return rows


def _texts(values: pa.Array) -> Counter[str]:
    counted = pc.value_counts(values)
    pairs = zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True)
    return Counter(dict(Counter(dict(pairs)).most_common(_MOST_TEXTS)))
