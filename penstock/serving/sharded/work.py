"""The work folder of a scoring: its manifest, and a file and an outcome for each shard that is done.

A shard is done when its outcome is there, which is written after its file; both appear under their names when they are
complete. So a scoring that was killed at any time continues with the shards that are not done.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from penstock.core import marked_folders
from penstock.core.errors import ConfigError, DataError
from penstock.core.files import as_data_errors, atomic_file
from penstock.serving.model.findings import Counts

_MANIFEST, _VERSION = "manifest.json", 1
# What a scoring that continues has in common with its beginning, in the words of the error.
SOURCE, MODEL, SETTINGS = "source", "model", "settings"


@dataclass(frozen=True)
class Manifest:
    """What a scoring is about.

    Attributes:
        run: Its id.
        time: When it began, in ISO 8601: the time of scoring of each row.
        digests: The digests of source, model and settings.
        rows: The number of rows of the source.
        shards: The file, the start and the stop of each shard.
        is_result: Whether the shards are parts of a result in the work folder, and not of the source's files.
    """

    run: str
    time: str
    digests: Mapping[str, str]
    rows: int
    shards: tuple[tuple[str, int, int | None], ...]
    is_result: bool = False


@dataclass(frozen=True)
class Outcome:
    """The result of one shard.

    Attributes:
        number: The number of the shard.
        rows: The number of its rows.
        size: The size of its file in bytes.
        counts: The counts of values that are unseen in training or outside its range, by column.
    """

    number: int
    rows: int
    size: int
    counts: Mapping[str, Counts]


class Work:
    """The work folder, which one process at a time uses; opened by `open_work`."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which exists."""
        self.folder = folder

    def file(self, number: int) -> Path:
        """Return the file of a shard's rows."""
        return self.folder / f"shard-{number:05}"

    def manifest(self) -> Manifest | None:
        """Return the manifest, None if the folder is new.

        Raises:
            ConfigError: It cannot be read.
        """
        values = _read(self.folder / _MANIFEST)
        if values is None:
            return None
        try:
            if values.pop("version") != _VERSION:
                raise ValueError
            values["shards"] = tuple((path, start, stop) for path, start, stop in values["shards"])
            return Manifest(**values)
        except (KeyError, TypeError, ValueError, AttributeError):
            remedy = "score all rows again with --restart"
            raise ConfigError(
                str(self.folder / _MANIFEST), "the manifest of a scoring", "other content", remedy
            ) from None

    @property
    def has_begun(self) -> bool:
        """Whether there is a manifest."""
        return (self.folder / _MANIFEST).exists()

    @property
    def has_outcomes(self) -> bool:
        """Whether a shard may be done."""
        return any(self.folder.glob("shard-*.json"))

    def begin(self, manifest: Manifest) -> None:
        """Write the manifest."""
        _write(self.folder / _MANIFEST, {"version": _VERSION, **asdict(manifest)})

    def done(self, number: int) -> Outcome | None:
        """Return the outcome of a shard, None if the shard is not done."""
        values = _read(self._outcome(number))
        file = self.file(number)
        if values is None or not file.is_file() or file.stat().st_size != values["size"]:
            return None
        counts = {name: Counts(**each) for name, each in values.pop("counts").items()}
        return Outcome(number, counts=counts, **values)

    def finish(self, number: int, rows: int, counts: Mapping[str, Counts]) -> Outcome:
        """Write the outcome of a shard whose file is complete."""
        outcome = Outcome(number, rows, self.file(number).stat().st_size, counts)
        values = asdict(outcome)
        del values["number"]
        _write(self._outcome(number), values)
        return outcome

    def remove(self) -> None:
        """Remove the folder with everything in it."""
        marked_folders.remove(self.folder)

    def clear(self) -> None:
        """Remove what is in the folder, which stays locked."""
        for child in self.folder.iterdir():
            if child.name == marked_folders.MARK:
                continue
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            else:
                child.unlink()

    def _outcome(self, number: int) -> Path:
        return self.file(number).with_suffix(".json")


def beginning(work: Work, digests: Mapping[str, str]) -> Manifest | None:
    """Return the manifest of a scoring that continues, None if it begins.

    A beginning of which no shard is done, as of a file that was refused and corrected, is removed if it was another.

    Args:
        work: The work folder.
        digests: What the scoring has in common with its beginning.

    Raises:
        ConfigError: Shards are done of another source, model or other settings.
    """
    known = work.manifest()
    if known is not None and known.digests != digests and not work.has_outcomes:
        work.clear()
        return None
    if known is not None:
        check_same(known, digests, work.folder)
    return known


def check_same(manifest: Manifest, digests: Mapping[str, str], folder: Path) -> None:
    """Raise a ConfigError if a scoring that was interrupted was of another source, model or other settings."""
    for name, digest in manifest.digests.items():
        if digests[name] != digest:
            what = f"the interrupted scoring {manifest.run}".rstrip() + f" in {folder}"
            parts, received = ("options and the code", "others") if name == SETTINGS else (name, f"another {name}")
            remedy = "restore it" if name == SOURCE else "name them again"
            raise ConfigError(
                what, f"the {parts} of its beginning", received, f"{remedy}, or score all rows again with --restart"
            )


@contextmanager
def open_work(folder: Path) -> Iterator[Work]:
    """Open a work folder, made if it does not exist, for this process alone.

    Raises:
        ConfigError: Another process uses it, or another program made a folder of this name.
        DataError: The folder cannot be made or written.
    """
    with as_data_errors(folder.parent):
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            _make(folder)
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except (FileExistsError, NotADirectoryError):
            expected, received = "none, or the work folder of a scoring", "another file or folder"
            raise ConfigError(str(folder), expected, received, "move it, or name another target") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with as_data_errors(folder):
            yield Work(folder)
    except BlockingIOError:
        remedy = "wait until it ends"
        raise ConfigError(str(folder), "no other scoring with this target", "one that is running", remedy) from None
    finally:
        os.close(lock)


def _make(folder: Path) -> None:
    if folder.is_dir() and not folder.is_symlink():
        with marked_folders.open_descriptor(folder) as descriptor:
            if marked_folders.is_marked(descriptor):
                return
    marked_folders.make(folder)


def _read(file: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DataError(str(file), "JSON", str(error), "score all rows again with --restart") from error
    return found if isinstance(found, dict) else {}


def _write(file: Path, values: Mapping[str, Any]) -> None:
    with atomic_file(file, 0o600) as temporary:
        temporary.write_text(json.dumps(values), encoding="utf-8")
