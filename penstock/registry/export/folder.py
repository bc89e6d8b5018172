"""Writes a version as a folder: model, card, schema, statistics, an example of a request, licence, checksums."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from penstock.config.config import Config
from penstock.core.contents import sha256_of
from penstock.core.errors import ConfigError, DataError
from penstock.core.files import as_data_errors, atomic_folder
from penstock.registry.documents import Experiment, Model, Version
from penstock.registry.export.card import card
from penstock.registry.export.requests import request
from penstock.versions.digest import model_digest
from penstock.versions.record import STATISTICS

CHECKSUMS = "SHA256SUMS"
_SCHEMA = "schema.pbtxt"
_LICENCES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "COPYING")


@dataclass(frozen=True)
class Exported:
    """A version to be exported, with what belongs to it."""

    model: Model
    version: Version
    experiment: Experiment
    config: Config

    @property
    def source(self) -> Path:
        """The folder of the version."""
        return self.config.path(self.version.folder)


def export(exported: Exported, target: Path) -> list[str]:
    """Write the folder of a version, and return the names of its files; a failure leaves nothing.

    Args:
        exported: The version.
        target: The folder; it does not exist, or is empty.

    Raises:
        ConfigError: The target exists and is not empty.
        DataError: The files of the version are missing or are not those that were recorded, or the target cannot be
            written.
    """
    _check_target(target)
    check_source(exported)
    with as_data_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_folder(target) as folder:
            _write(exported, folder)
            names = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
            lines = [_checksum(folder / name, name) for name in names]
            (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")
    return [*names, CHECKSUMS]


def _checksum(file: Path, name: str) -> str:
    """Return the line of a file as sha256sum writes it: a name with a line break or a backslash is escaped."""
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "\\" if escaped != name else ""
    return f"{mark}{sha256_of(file)}  {escaped}\n"


def _check_target(target: Path) -> None:
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        received = "a folder with files" if target.is_dir() else "a file"
        raise ConfigError(f"--output {target}", "a new or an empty folder", received, "name another")


def check_source(exported: Exported) -> None:
    """Check that the files of a version are those that were recorded.

    Raises:
        DataError: They are missing or others.
    """
    place = f"version {exported.version.number} in {exported.source}"
    if not exported.source.is_dir():
        next_step = "write `penstock fsck --repair`, or export it where it was pushed"
        raise DataError(place, "its folder", "none", next_step)
    if model_digest(exported.source) != exported.version.digest:
        next_step = "write `penstock registry check`, which says what differs"
        raise DataError(place, "the files that the registry has recorded for it", "other files", next_step)


def _write(exported: Exported, folder: Path) -> None:
    shutil.copytree(exported.source, folder / "model")
    statistics = exported.source / STATISTICS
    content = statistics.read_bytes() if statistics.is_file() else None
    if content is not None:
        (folder / "statistics.pb").write_bytes(content)
    if (schema := _schema(exported)) is not None:
        shutil.copyfile(schema, folder / _SCHEMA)
    body = json.dumps(request(exported.version.signature, content), indent=1)
    (folder / "requests.json").write_text(f"{body}\n", encoding="utf-8")
    licence = next((name for name in _LICENCES if (exported.config.root / name).is_file()), "")
    if licence:
        shutil.copyfile(exported.config.root / licence, folder / licence)
    text = card(exported.model, exported.version, exported.experiment, exported.config.card, licence)
    (folder / "README.md").write_text(text, encoding="utf-8")


def _schema(exported: Exported) -> Path | None:
    """Return the schema that the run inferred or read, or the configured one."""
    artifacts, configured = exported.experiment.artifacts, exported.config.schema_.file
    places = [str(place) for name, place in artifacts.items() if name.endswith(".schema")]
    files = [exported.config.path(place) / _SCHEMA for place in places]
    files += [exported.config.path(configured)] if configured else []
    return next((file for file in files if file.is_file()), None)
