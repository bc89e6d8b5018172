"""The record in a pushed version: the digest of the model, and the size and SHA-256 of each file.

It is in `assets.extra`, which SavedModel reserves for its users. Files there that the push did not write are not
recorded.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from penstock.core.contents import Difference, FileState, compare, file_states, from_json, to_json
from penstock.core.files import atomic_file

EXTRA = Path("assets.extra")
RECORD = EXTRA / "penstock.json"
STATISTICS = EXTRA / "statistics.pb"
CERTIFICATE = EXTRA / "certificate.json"
GOLDEN_ROWS = EXTRA / "golden_rows.json.gz"
# TensorFlow Serving reads a file of this name when it loads a version.
WARM_UP = EXTRA / "tf_serving_warmup_requests"
SERVING_FILES = (CERTIFICATE, GOLDEN_ROWS, WARM_UP)
# Written after the push, when the run has ended: no record has them.
REPORT = EXTRA / "report.html"
CARD = EXTRA / "model_card.md"
ADDED_FILES = (RECORD, STATISTICS, *SERVING_FILES, REPORT, CARD)


@dataclass(frozen=True)
class Push:
    """The last push of a version.

    Attributes:
        number: Its number; the pushes into a folder are numbered in their order.
        origin: The SHA-256 of the address of the model's artifact; empty if it is not known.
    """

    number: int
    origin: str = ""


@dataclass(frozen=True)
class Record:
    """The record of a version.

    Attributes:
        digest: The SHA-256 that `content_digest` returns for the model.
        files: The states of all files other than the record; None if an earlier release pushed the version.
        push: The last push of the version; None if an earlier release pushed it.
    """

    digest: str
    files: dict[str, FileState] | None
    push: Push | None = None

    @property
    def model(self) -> dict[str, str] | None:
        """The SHA-256 of each file of the model, by path; None if they were not recorded."""
        return None if self.files is None else model_files(self.files)


def model_files(files: dict[str, FileState]) -> dict[str, str]:
    """Return the SHA-256 of each file by path, without the files that Penstock adds to a version."""
    return {name: state.sha256 for name, state in files.items() if Path(name) not in ADDED_FILES}


def is_added(name: Path) -> bool:
    """Return whether Penstock adds a file of this name to a version."""
    return name in ADDED_FILES


def content_digest(folder: Path, without: Callable[[Path], bool] = is_added) -> str:
    """Return the SHA-256 of the paths and contents of the files below a folder.

    Args:
        folder: The folder.
        without: Whether a file is left out, by its name in the folder; by default those that Penstock adds.
    """
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        name = file.relative_to(folder)
        if not without(name):
            digest.update(f"{name.as_posix()}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def write(version: Path, digest: str, push: Push | None = None) -> None:
    """Write the record of a version that is not published yet.

    Args:
        version: The folder of the version.
        digest: The SHA-256 that `content_digest` returns for the model.
        push: The push of the version.

    Raises:
        OSError: A file cannot be read, or the record cannot be written.
    """
    record = version / RECORD
    record.parent.mkdir(exist_ok=True)
    record.unlink(missing_ok=True)
    record.write_text(_text(Record(digest, file_states(version), push)), encoding="utf-8")


def update_push(version: Path, push: Push) -> None:
    """Replace the push in the record of a published version; a version without a record is unchanged.

    Raises:
        OSError: The record cannot be written.
    """
    current = read(version)
    if current is not None:
        with atomic_file(version / RECORD, 0o600) as file:
            file.write_text(_text(replace(current, push=push)), encoding="utf-8")


def _text(record: Record) -> str:
    return json.dumps(
        {
            "digest": record.digest,
            **({} if record.files is None else {"files": to_json(record.files)}),
            **({} if record.push is None else {"push": asdict(record.push)}),
        }
    )


def read(version: Path) -> Record | None:
    """Return the record of a version; None if it is missing or cannot be read."""
    try:
        values = json.loads((version / RECORD).read_text(encoding="utf-8"))
        files = from_json(values["files"]) if "files" in values else None
        push = Push(int(values["push"]["number"]), str(values["push"]["origin"])) if "push" in values else None
        return Record(str(values["digest"]), files, push)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check(version: Path, *, verify: bool = False) -> tuple[Difference, ...]:
    """Return how a version differs from its record; of a version without one only the folder is checked.

    Args:
        version: The folder of the version.
        verify: Whether to read the content of all files, and not only of those whose time changed.
    """
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
    # SavedModel reserves this folder for its users; the record is in it too.
    return tuple(d for d in found if d.kind != "added" or not d.file.startswith(f"{EXTRA.as_posix()}/"))
