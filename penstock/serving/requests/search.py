"""Finds a request by its id, in logs of requests with their values and in access logs."""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from penstock.core.errors import ConfigError, DataError
from penstock.core.request_log import IDENTIFIER, REQUEST, TIME, VERSION
from penstock.serving.requests import files

_SAME_SECONDS = 5


@dataclass(frozen=True)
class Found:
    """A request with the id that was looked for.

    Attributes:
        model: The name under which the model was served.
        version: The version that answered.
        time: When, in UTC.
        rows: The number of its rows; None if it is from an access log.
        signature: The signature that answered; empty if it is from an access log.
        place: The file.
    """

    model: str
    version: int
    time: datetime
    rows: int | None
    signature: str
    place: Path


def check_id(request: str) -> None:
    """Refuse what no request can have as its id.

    Raises:
        ConfigError: It is none.
    """
    if not IDENTIFIER.fullmatch(request):
        received = f"{request[:40]!r}{'...' if len(request) > 40 else ''}"
        next_step = "copy it from the header x-request-id of the answer: the server replaces other ids of clients"
        raise ConfigError("--request", "1 to 128 printable ASCII characters without spaces", received, next_step)


def search(request: str, places: Sequence[Path]) -> list[Found]:
    """Return the requests of an id, the latest first; a client may use an id for several.

    Args:
        request: The id.
        places: Folders of logs with values, and access logs as `penstock serve` prints them.

    Raises:
        DataError: A place is missing, or cannot be read.
    """
    found = [each for place in places for each in _at(request, place)]
    logged = [each for each in found if each.rows is not None]
    once = [each for each in found if each.rows is not None or not any(_is_same(each, other) for other in logged)]
    return sorted(once, key=lambda each: (each.time, each.version), reverse=True)


def _is_same(one: Found, other: Found) -> bool:
    """Return whether an access log and a log of values have the same answer: the times differ by its writing."""
    near = abs((one.time - other.time).total_seconds()) <= _SAME_SECONDS
    return near and (one.model, one.version) == (other.model, other.version)


def _at(request: str, place: Path) -> Iterator[Found]:
    if place.is_file() and place.suffix != ".parquet":
        yield from _in_access_log(request, place)
        return
    for file in files.find(place):
        yield from _in_file(request, file)


def _in_file(request: str, file: files.LogFile) -> Iterator[Found]:
    seen: dict[tuple[int, datetime], int] = {}
    for batch in files.batches(file, (REQUEST, VERSION, TIME)):
        mine = batch.filter(pc.equal(batch.column(batch.schema.get_field_index(REQUEST)), request))
        for row in mine.to_pylist():
            key = (row[VERSION], row[TIME])
            seen[key] = seen.get(key, 0) + 1
    for (version, time), rows in seen.items():
        yield Found(file.model, version, time, rows, file.signature, file.path)


def _in_access_log(request: str, place: Path) -> Iterator[Found]:
    wanted = request.encode()
    try:
        with gzip.open(place, "rb") if place.suffix == ".gz" else place.open("rb") as lines:
            for line in lines:
                if wanted in line and (found := _of_line(request, line, place)):
                    yield found
    except (OSError, EOFError, zlib.error) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise DataError(f"the access log {place}", "a file that can be read", reason, "name another one") from error


def _of_line(request: str, line: bytes, place: Path) -> Found | None:
    """Return the request of a line; None if it is another one, was refused, or is not of this log."""
    try:
        entry: Any = json.loads(line)
        if not isinstance(entry, dict) or entry.get("id") != request or "version" not in entry:
            return None
        time = datetime.fromisoformat(entry["time"]).astimezone(UTC)
        return Found(str(entry["model"]), int(entry["version"]), time, None, "", place)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
