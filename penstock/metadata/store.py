"""The address of a pipeline's metadata store, and the folders that its records name."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Store:
    """The metadata store of one pipeline.

    Attributes:
        pipeline: The pipeline's name; other pipelines may share the store.
        uri: The store's address, with the password.
        file: The absolute path of its SQLite file; None for a server or a store in memory.
        root: The folder of the project.
        state: The folder of the artifacts and logs of runs.
        push: The folder of pushed versions.
    """

    pipeline: str
    uri: str
    file: Path | None
    root: Path
    state: Path
    push: Path
