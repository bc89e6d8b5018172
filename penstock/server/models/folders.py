"""The versions in a folder, as TensorFlow Serving looks for them: children whose names are whole numbers."""

import re
from dataclasses import dataclass
from pathlib import Path

from penstock.server.errors import Code, ServingError
from penstock.versions import record

SAVED_MODEL = "saved_model.pb"
_NUMBER = re.compile(r"[0-9]+", re.ASCII)
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Found:
    """A version on the disk.

    Attributes:
        folder: Its folder.
        stamp: What changes if the version is replaced: identity, size and time of its graph and variables.
    """

    folder: Path
    stamp: tuple[object, ...]


def scan(folder: Path) -> dict[int, Found]:
    """Return the versions by their numbers; the folder of a SavedModel has the number that names it, or 1.

    Raises:
        OSError: The folder cannot be read.
    """
    if (folder / SAVED_MODEL).is_file():
        number = _number(folder.absolute().name)
        return {1 if number is None else number: Found(folder, _stamp(folder))}
    found: dict[int, Found] = {}
    # Of two names for one number the shortest is taken, such as `1` and not `01`.
    for child in sorted(folder.iterdir(), key=lambda each: (len(each.name), each.name), reverse=True):
        number = _number(child.name)
        if number is not None and child.is_dir():
            found[number] = Found(child, _stamp(child))
    return found


def check_intact(folder: Path) -> None:
    """Compare a version that Penstock pushed with its record.

    Raises:
        ServingError: Files are missing or have changed.
    """
    differences = record.check(folder)
    if differences:
        more = f", and {len(differences) - 1} more" if len(differences) > 1 else ""
        raise ServingError(Code.DATA_LOSS, f"{folder} is not as it was pushed: {differences[0]}{more}")


def _number(name: str) -> int | None:
    if not _NUMBER.fullmatch(name) or len(name) > 30:
        return None
    number = int(name)
    return number if number <= _LARGEST else None


def _stamp(folder: Path) -> tuple[object, ...]:
    files = (folder / SAVED_MODEL, folder / "variables" / "variables.index")
    return tuple(_state(file) for file in files)


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        state = file.stat()
    except OSError:
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns
