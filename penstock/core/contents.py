"""What a folder holds: the size, time and SHA-256 of each file, to be compared with what it holds later."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["missing", "truncated", "changed", "added", "unreadable"]


@dataclass(frozen=True)
class FileState:
    """What is noted of one file.

    Attributes:
        size: In bytes.
        time: When it was last written, in nanoseconds since 1970.
        sha256: Of its content.
    """

    size: int
    time: int
    sha256: str


@dataclass(frozen=True)
class Difference:
    """How one file differs from what was noted of it.

    Attributes:
        kind: What happened to it.
        file: Its name below the folder.
        words: The same as a clause, without the name.
    """

    kind: Kind
    file: str
    words: str

    def __str__(self) -> str:
        return f"{self.file} {self.words}"


@dataclass(frozen=True)
class Comparison:
    """What a folder holds now, compared with what was noted.

    Attributes:
        differences: By file; none where nothing changed.
        marks: The notes, with the present times of files that were only touched or copied.
    """

    differences: tuple[Difference, ...]
    marks: Mapping[str, FileState]


def file_states(folder: Path) -> dict[str, FileState]:
    """Return the mark of each file below a folder, by its name there."""
    return {name: _state(path, status) for name, path, status in sorted(_files(folder))}


def compare(folder: Path, noted: Mapping[str, FileState], *, verify: bool = False) -> Comparison:
    """Compare a folder with what was noted of it.

    Content is read only where a time has changed and the size has not, unless `verify` asks for all of it.
    """
    found = {name: (path, status) for name, path, status in _files(folder)}
    marks = dict(noted)
    differences = []
    for name, mark in noted.items():
        if name not in found:
            differences.append(Difference("missing", name, "is missing"))
            continue
        path, status = found[name]
        if status.st_size != mark.size:
            differences.append(_resized(name, mark, status.st_size))
        elif verify or status.st_mtime_ns != mark.time:
            differences += _reread(name, path, mark)
            marks[name] = FileState(mark.size, status.st_mtime_ns, mark.sha256)
    added = [Difference("added", name, "was added") for name in sorted(found) if name not in noted]
    return Comparison((*differences, *added), marks)


def to_json(marks: Mapping[str, FileState]) -> dict[str, Any]:
    """Return marks as plain data."""
    return {name: [mark.size, mark.time, mark.sha256] for name, mark in marks.items()}


def from_json(values: Any) -> dict[str, FileState]:
    """Return the marks that `to_json` gave.

    Raises:
        ValueError: These are none.
    """
    try:
        return {str(name): FileState(int(size), int(time), str(sha)) for name, (size, time, sha) in values.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError("no marks of files") from error


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, Path, os.stat_result]]:
    """Yield name, path and status of each file below a folder; a link counts as what it leads to."""
    for place, _, names in os.walk(folder, followlinks=True):
        for name in names:
            path = Path(place, name)
            if path.is_file():
                yield path.relative_to(folder).as_posix(), path, path.stat()


def _state(path: Path, status: os.stat_result) -> FileState:
    return FileState(status.st_size, status.st_mtime_ns, sha256_of(path))


def _resized(name: str, mark: FileState, size: int) -> Difference:
    words = f"has {size:,} bytes instead of {mark.size:,}"
    return Difference("truncated" if size < mark.size else "changed", name, words)


def _reread(name: str, path: Path, mark: FileState) -> list[Difference]:
    try:
        same = sha256_of(path) == mark.sha256
    except OSError as error:
        return [Difference("unreadable", name, f"cannot be read: {(error.strerror or str(error)).lower()}")]
    return [] if same else [Difference("changed", name, "has other content than it was written with")]
