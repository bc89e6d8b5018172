"""The manifest of an artifact: what its files were when it was made, in a file next to its folder.

`NODE/OUTPUT/.8.json` belongs to the folder `NODE/OUTPUT/8`. TFX takes no notice of it, and it moves with the artifacts.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from penstock.core.contents import Comparison, Difference, FileState, compare, file_states, from_json, to_json
from penstock.core.errors import DataError
from penstock.core.files import private_file


def manifest_file(folder: Path) -> Path:
    """Return the file that holds the manifest of an artifact."""
    return folder.with_name(f".{folder.name}.json")


def write(folder: Path) -> None:
    """Note what an artifact holds.

    Raises:
        DataError: The disk is full, or does not let the file be written.
    """
    _write(folder, file_states(folder))


def exists(folder: Path) -> bool:
    """Say whether there is a manifest of an artifact."""
    return manifest_file(folder).exists()


def check(folder: Path, *, verify: bool = False) -> tuple[Difference, ...]:
    """Return how an artifact differs from its manifest; nothing where it has none.

    New times of files whose content is the same are noted, so that it is read only once.
    """
    if not folder.is_dir():
        return (Difference("missing", "the folder", "is missing"),)
    if not exists(folder):
        return ()
    try:
        noted = read(folder)
    except ValueError:
        return (Difference("unreadable", manifest_file(folder).name, "cannot be read"),)
    found: Comparison = compare(folder, noted, verify=verify)
    if not found.differences and found.marks != noted:
        with suppress(DataError):  # where it cannot be written, the content is read again next time
            _write(folder, found.marks)
    return found.differences


def read(folder: Path) -> dict[str, FileState]:
    """Return the marks of an artifact's files.

    Raises:
        ValueError: The manifest is missing or damaged.
    """
    try:
        return from_json(json.loads(manifest_file(folder).read_text(encoding="utf-8"))["files"])
    except (OSError, KeyError, TypeError) as error:
        raise ValueError(f"no manifest of {folder}") from error


def _write(folder: Path, marks: Mapping[str, FileState]) -> None:
    with private_file(manifest_file(folder)) as file:
        file.write_text(json.dumps({"files": to_json(marks)}), encoding="utf-8")
