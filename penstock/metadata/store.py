"""Where a pipeline's metadata store is, and the folders that its records name."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Store:
    """The metadata store of one pipeline.

    Attributes:
        pipeline: The pipeline's name; other pipelines may share the store.
        uri: The store's address, with its password.
        file: Its SQLite file, or None where the store is none.
        root: The folder of the project.
        state: The folder that runs leave their artifacts and logs in.
        push: The folder of pushed versions.
    """

    pipeline: str
    uri: str
    file: Path | None
    root: Path
    state: Path
    push: Path
