"""The note of a run that has to be recorded: a file that exists from the run's start until the registry has the run.

So neither a killed process nor a registry that does not answer loses a run.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from penstock.config.config import Config
from penstock.core.files import private_file

FOLDER = "unrecorded"


class PushedFiles(BaseModel):
    """The version that a run pushed, as `VersionBody` takes it.

    Attributes:
        number: Its number.
        folder: Its folder.
        digest: The SHA-256 of its model.
        signature: Its signatures.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    folder: str
    digest: str
    signature: dict[str, Any] = {}


class Note(BaseModel):
    """A run to be recorded.

    Attributes:
        document: The version of the document.
        run: The name of the run.
        project: The project of its model in the registry.
        model: The name of its model in the registry.
        promote: Whether the version is to become `default`.
        is_complete: Whether the run has ended and all below is known; before, only the facts of its start are.
        experiment: The fields of `ExperimentBody` without the model.
        version: The version that it pushed; None if it pushed none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: Literal[1] = 1
    run: str
    project: str
    model: str
    promote: bool = False
    is_complete: bool = False
    experiment: dict[str, Any]
    version: PushedFiles | None = None


def folder_of(config: Config) -> Path:
    """Return the folder of the notes of a pipeline."""
    return config.state_folder / FOLDER / config.name


def write(config: Config, note: Note) -> None:
    """Write the note of a run in place of an earlier one.

    Raises:
        DataError: The disk is full, or the file cannot be written.
    """
    with private_file(folder_of(config) / f"{note.run}.json") as file:
        file.write_text(note.model_dump_json(), encoding="utf-8")


def remove(config: Config, run: str) -> None:
    """Remove the note of a run, which the registry has."""
    (folder_of(config) / f"{run}.json").unlink(missing_ok=True)


def read_all(config: Config) -> Iterator[Note]:
    """Yield the notes of a pipeline in the order of their runs; a damaged file is left as it is."""
    for file in sorted(folder_of(config).glob("[!.]*.json")):
        try:
            yield Note.model_validate_json(file.read_bytes())
        except (OSError, ValidationError):
            continue
