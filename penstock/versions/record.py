"""The record that a pushed version carries: the digest of the model, and the size and SHA-256 of each file.

It lies under `assets.extra`, which SavedModel leaves to its users. Other files that are put there, such as the requests
that TensorFlow Serving warms up with, are no part of the record.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from penstock.core.contents import Difference, FileState, compare, file_states, from_json, to_json

EXTRA = Path("assets.extra")
RECORD = EXTRA / "penstock.json"
STATISTICS = EXTRA / "statistics.pb"
ADDED_FILES = (RECORD, STATISTICS)


@dataclass(frozen=True)
class Record:
    """What a version says of itself.

    Attributes:
        digest: Of the model's files.
        files: The marks of all files but the record; None where an earlier Penstock pushed it.
    """

    digest: str
    files: dict[str, FileState] | None

    @property
    def model(self) -> dict[str, str] | None:
        """The SHA-256 of each file of the model, by name."""
        return None if self.files is None else model_files(self.files)


def model_files(files: dict[str, FileState]) -> dict[str, str]:
    """Return the SHA-256 of each file, by name, but for what we add to a version."""
    return {name: mark.sha256 for name, mark in files.items() if Path(name) not in ADDED_FILES}


def content_digest(folder: Path) -> str:
    """Return the SHA-256 over the names and contents of the files below a folder, but for what we add to a version."""
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        name = file.relative_to(folder)
        if name not in ADDED_FILES:
            digest.update(f"{name.as_posix()}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def write(version: Path, digest: str) -> None:
    """Write the record of a version that nobody sees yet."""
    record = version / RECORD
    record.parent.mkdir(exist_ok=True)
    record.unlink(missing_ok=True)
    record.write_text(json.dumps({"digest": digest, "files": to_json(file_states(version))}), encoding="utf-8")


def read(version: Path) -> Record | None:
    """Return the record of a version, or None where it carries none that can be read."""
    try:
        values = json.loads((version / RECORD).read_text(encoding="utf-8"))
        return Record(str(values["digest"]), from_json(values["files"]) if "files" in values else None)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check(version: Path, *, verify: bool = False) -> tuple[Difference, ...]:
    """Return how a version differs from its record; a version without one only has to be there."""
    if not version.is_dir():
        return (Difference("missing", "the folder", "is missing"),)
    if not (version / RECORD).exists():
        return ()
    record = read(version)
    if record is None:
        return (Difference("unreadable", RECORD.as_posix(), "cannot be read"),)
    if record.files is None:
        same = content_digest(version) == record.digest
        return () if same else (Difference("changed", "the model", "has other files than it was pushed with"),)
    found = compare(version, record.files, verify=verify).differences
    # SavedModel leaves this folder to its users, the record among what is there.
    return tuple(d for d in found if d.kind != "added" or not d.file.startswith(f"{EXTRA.as_posix()}/"))
