"""The size, modification time and SHA-256 of each file in a folder, recorded and compared with the folder later."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["missing", "truncated", "changed", "added", "unreadable"]


@dataclass(frozen=True)
class FileState:
    """The recorded state of one file.

    Attributes:
        size: Bytes.
        time: The modification time in nanoseconds since 1970.
        sha256: The SHA-256 of the content, in hexadecimal digits.
    """

    size: int
    time: int
    sha256: str


@dataclass(frozen=True)
class Difference:
    """How one file differs from its recorded state.

    Attributes:
        kind: The kind of the difference.
        file: The file's path relative to the folder.
        words: The difference as a clause, without the file's name.
    """

    kind: Kind
    file: str
    words: str

    def __str__(self) -> str:
        return f"{self.file} {self.words}"


@dataclass(frozen=True)
class Comparison:
    """The result of comparing a folder with its recorded state.

    Attributes:
        differences: One per file that differs; empty if none does.
        states: The recorded states, with new modification times where only the time changed.
    """

    differences: tuple[Difference, ...]
    states: Mapping[str, FileState]


def file_states(folder: Path) -> dict[str, FileState]:
    """Return the state of each file below a folder, by its path relative to the folder."""
    return {name: _state(path, status) for name, path, status in sorted(_files(folder))}


def compare(folder: Path, recorded: Mapping[str, FileState], *, verify: bool = False) -> Comparison:
    """Compare a folder with its recorded state.

    Args:
        folder: The folder.
        recorded: The state of each file, as `file_states` returned it.
        verify: Whether to read the content of all files, and not only of those whose time changed and size did not.
    """
    present = {name: (path, status) for name, path, status in _files(folder)}
    states = dict(recorded)
    differences = []
    for name, state in recorded.items():
        if name not in present:
            differences.append(Difference("missing", name, "is missing"))
            continue
        path, status = present[name]
        if status.st_size != state.size:
            differences.append(_resized(name, state, status.st_size))
        elif verify or status.st_mtime_ns != state.time:
            differences += _reread(name, path, state)
            states[name] = FileState(state.size, status.st_mtime_ns, state.sha256)
    added = [Difference("added", name, "was added") for name in sorted(present) if name not in recorded]
    return Comparison((*differences, *added), states)


def to_json(states: Mapping[str, FileState]) -> dict[str, Any]:
    """Return file states as JSON values: `{path: [size, time, sha256]}`."""
    return {name: [state.size, state.time, state.sha256] for name, state in states.items()}


def from_json(values: Any) -> dict[str, FileState]:
    """Return the file states that `to_json` encoded.

    Raises:
        ValueError: The values have another form.
    """
    try:
        return {str(name): FileState(int(size), int(time), str(sha)) for name, (size, time, sha) in values.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError("no file states") from error


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal digits.

    Raises:
        OSError: The file cannot be read.
    """
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, Path, os.stat_result]]:
    """Yield relative path, path and status of each file below a folder; symbolic links are followed."""
    for place, _, names in os.walk(folder, followlinks=True):
        for name in names:
            path = Path(place, name)
            if path.is_file():
                yield path.relative_to(folder).as_posix(), path, path.stat()


def _state(path: Path, status: os.stat_result) -> FileState:
    return FileState(status.st_size, status.st_mtime_ns, sha256_of(path))


def _resized(name: str, state: FileState, size: int) -> Difference:
    words = f"has {size:,} bytes instead of {state.size:,}"
    return Difference("truncated" if size < state.size else "changed", name, words)


def _reread(name: str, path: Path, state: FileState) -> list[Difference]:
    try:
        same = sha256_of(path) == state.sha256
    except OSError as error:
        return [Difference("unreadable", name, f"cannot be read: {(error.strerror or str(error)).lower()}")]
    return [] if same else [Difference("changed", name, "has other content than it was written with")]
