"""The files of a log of requests: found below a folder, with what each says of itself, and read in batches."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core.errors import DataError
from penstock.core.request_log import ABOUT, REQUEST, TIME, VERSION
from penstock.core.stamps import FileStamp, stamp_of

_ROWS = 65_536
_NEXT = "name the folder that `penstock serve` got with --sample-to"


@dataclass(frozen=True)
class LogFile:
    """A complete file of the log.

    Attributes:
        path: The file.
        model: The name under which the model was served.
        signature: The signature.
        share: The share of the requests.
        hashed: The columns of which a keyed hash was written.
        without: The columns that were left out.
        columns: The columns that it has.
    """

    path: Path
    model: str
    signature: str
    share: float
    hashed: frozenset[str]
    without: frozenset[str]
    columns: tuple[str, ...]


def find(place: Path) -> list[LogFile]:
    """Return the complete files below a folder, or one file, sorted by name; files that are being written are hidden.

    Raises:
        DataError: There is none, or a file is not one of a log.
    """
    if not place.exists():
        raise DataError(f"the log {place}", "a folder", "no such folder", _NEXT)
    paths = [place] if place.is_file() else sorted(place.rglob("*.parquet"))
    shown = [path for path in paths if path == place or not _is_hidden(path.relative_to(place))]
    if not shown:
        hidden = ", and one that is being written" if any(place.rglob(".*.writing")) else ""
        next_step = "wait until a file is complete (--sample-seconds of `penstock serve`), or name another folder"
        raise DataError(f"the log {place}", "Parquet files", f"none{hidden}", next_step)
    return [_described(path) for path in shown]


@dataclass(frozen=True)
class Newest:
    """The newest files of a log.

    Attributes:
        files: Those that can be read, newest first.
        damaged: Why each of the others cannot.
        older: How many older files were left out.
        writing: How many files are being written.
    """

    files: tuple[LogFile, ...]
    damaged: tuple[str, ...]
    older: int
    writing: int


def newest(place: Path, most: int) -> Newest:
    """Return the newest files below a folder: their names begin with the time at which they were begun.

    Args:
        place: The folder, which may be missing.
        most: How many files are looked at.
    """
    paths = sorted(_below(place), key=lambda path: (path.name, path), reverse=True)
    complete = [path for path in paths if path.suffix == ".parquet"]
    files, damaged = [], []
    for path in complete[:most]:
        try:
            files.append(_described_once(path, stamp_of(path)))
        except DataError as error:
            damaged.append(str(error))
    return Newest(tuple(files), tuple(damaged), max(0, len(complete) - most), len(paths) - len(complete))


def _below(place: Path) -> Iterator[Path]:
    for folder, inner, names in os.walk(place):
        inner[:] = [name for name in inner if not name.startswith(".")]
        for name in names:
            if (name.endswith(".parquet") and not name.startswith(".")) or name.endswith(".writing"):
                yield Path(folder, name)


def of_model(files: Sequence[LogFile], model: str, place: Path) -> list[LogFile]:
    """Return the files of a model.

    Raises:
        DataError: There is none.
    """
    found = [file for file in files if file.model == model]
    if not found:
        others = sorted({file.model for file in files})
        next_step = f"if it is the same model under another name, add --model {others[0]}"
        raise DataError(f"the log {place}", f"requests to {model}", f"those to {', '.join(others)}", next_step)
    return found


def batches(file: LogFile, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file, or some of its columns.

    Raises:
        DataError: It is damaged.
    """
    try:
        with pq.ParquetFile(file.path) as opened:
            yield from opened.iter_batches(_ROWS, columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(file.path, error) from error


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


@lru_cache(maxsize=256)
def _described_once(path: Path, stamp: FileStamp | None) -> LogFile:
    """Return what a file says about itself; a page that is loaded again asks for the same files.

    The stamp changes if the file is replaced.
    """
    return _described(path)


def _described(path: Path) -> LogFile:
    try:
        with pq.ParquetFile(path) as opened:
            schema = opened.schema_arrow
    except (OSError, pa.ArrowException) as error:
        raise _damaged(path, error) from error
    about = (schema.metadata or {}).get(ABOUT)
    missing = [name for name in (TIME, REQUEST, VERSION) if name not in schema.names]
    if about is None or missing:
        received = f"none named {missing[0]}" if missing else "another Parquet file"
        raise DataError(str(path), "the columns of a log of requests", received, _NEXT)
    try:
        given = json.loads(about)
        hashed, without = frozenset(given["hashed"]), frozenset(given["without"])
        return LogFile(path, given["model"], given["signature"], given["share"], hashed, without, tuple(schema.names))
    except (ValueError, LookupError, TypeError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DataError:
    reason = " ".join((getattr(error, "strerror", None) or str(error)).split())[:200].lower()
    return DataError(str(path), "a complete Parquet file", reason.rstrip("."), "remove the file, which is damaged")
