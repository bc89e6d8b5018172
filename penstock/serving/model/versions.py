"""Find a pushed model: the newest version, a version by its number, or the model in a folder."""

from dataclasses import dataclass
from pathlib import Path

from penstock.core.errors import ConfigError

SAVED_MODEL = "saved_model.pb"


@dataclass(frozen=True)
class ModelVersion:
    """A SavedModel on disk.

    Attributes:
        directory: The folder of `saved_model.pb`.
        version: Its number, None if the name of the folder is not a number.
    """

    directory: Path
    version: int | None

    @property
    def place(self) -> str:
        """The model with its folder, for error messages."""
        return f"{self} in {self.directory}"

    def __str__(self) -> str:
        return f"the model {self.directory.absolute().name}" if self.version is None else f"version {self.version}"


def newest(directory: Path) -> ModelVersion:
    """Return the version with the largest number under the push directory."""
    return _version(directory, max(_pushed(directory)))


def numbered(directory: Path, version: int) -> ModelVersion:
    """Return the version of that number under the push directory."""
    known = _pushed(directory)
    if version not in known:
        listed = ", ".join(str(number) for number in known)
        raise ConfigError(f"--version {version}", f"one of {listed}", str(version), f"name one that {directory} holds")
    return _version(directory, version)


def at(directory: Path) -> ModelVersion:
    """Return the model in any folder."""
    if (directory / SAVED_MODEL).is_file():
        name = directory.absolute().name
        return ModelVersion(directory, int(name) if _is_version(name) else None)
    inside = versions(directory)
    if inside:
        remedy = f"name a version in it, such as {directory / str(inside[-1])}"
        raise ConfigError(f"--model {directory}", "a SavedModel", f"a folder of {len(inside)} versions", remedy)
    received = f"a folder without {SAVED_MODEL}" if directory.is_dir() else "no such folder"
    raise ConfigError(f"--model {directory}", "the folder of a SavedModel", received, "correct the path")


def versions(directory: Path) -> list[int]:
    """Return the numbers of the pushed versions, in increasing order; empty if nothing was pushed yet."""
    if not directory.is_dir():
        return []
    return sorted(int(child.name) for child in directory.iterdir() if _is_version(child.name) and child.is_dir())


def _is_version(name: str) -> bool:
    return name.isascii() and name.isdecimal()


def _pushed(directory: Path) -> list[int]:
    pushed = versions(directory)
    if not pushed:
        raise ConfigError(f"no model under {directory}", "a pushed version", "none", "run `penstock run` first")
    return pushed


def _version(directory: Path, number: int) -> ModelVersion:
    folder = next(child for child in directory.iterdir() if _is_version(child.name) and int(child.name) == number)
    if not (folder / SAVED_MODEL).is_file():
        remedy = "name another version with --version, or push again with `penstock run`"
        raise ConfigError(f"version {number} in {folder}", "a SavedModel", f"no {SAVED_MODEL}", remedy)
    return ModelVersion(folder, number)
