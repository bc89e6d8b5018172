"""The manifest of an artifact: the recorded state of its files, in a file next to its folder.

`NODE/OUTPUT/.8.json` is the manifest of the folder `NODE/OUTPUT/8`. TFX ignores it, and it is moved together with the
artifacts.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from penstock.core.contents import Comparison, Difference, FileState, compare, file_states, from_json, to_json
from penstock.core.errors import DataError
from penstock.core.files import private_file


def manifest_file(folder: Path) -> Path:
    """Return the path of the manifest of an artifact."""
    return folder.with_name(f".{folder.name}.json")


def write(folder: Path) -> None:
    """Write the manifest of an artifact.

    Raises:
        DataError: The disk is full, or the file cannot be written.
    """
    _write(folder, file_states(folder))


def exists(folder: Path) -> bool:
    """Return whether an artifact has a manifest."""
    return manifest_file(folder).exists()


def check(folder: Path, *, verify: bool = False) -> tuple[Difference, ...]:
    """Return how an artifact differs from its manifest; empty if it has none.

    New modification times of unchanged files are recorded, so that the content is read only once.

    Args:
        folder: The folder of the artifact.
        verify: Whether to read the content of all files, and not only of those whose time changed.
    """
    if not folder.is_dir():
        return (Difference("missing", "the folder", "is missing"),)
    if not exists(folder):
        return ()
    try:
        recorded = read(folder)
    except ValueError:
        return (Difference("unreadable", manifest_file(folder).name, "cannot be read"),)
    comparison: Comparison = compare(folder, recorded, verify=verify)
    if not comparison.differences and comparison.states != recorded:
        with suppress(DataError):  # if it cannot be written, the content is read again next time
            _write(folder, comparison.states)
    return comparison.differences


def read(folder: Path) -> dict[str, FileState]:
    """Return the recorded states of an artifact's files.

    Raises:
        ValueError: The manifest is missing or damaged.
    """
    try:
        return from_json(json.loads(manifest_file(folder).read_text(encoding="utf-8"))["files"])
    except (OSError, KeyError, TypeError) as error:
        raise ValueError(f"no manifest of {folder}") from error


def _write(folder: Path, states: Mapping[str, FileState]) -> None:
    with private_file(manifest_file(folder)) as file:
        file.write_text(json.dumps({"files": to_json(states)}), encoding="utf-8")
