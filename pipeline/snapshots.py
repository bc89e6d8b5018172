"""The snapshot of a database's rows: fetched when a run starts, and read by all of the run.

The checks, the decision whether anything changed, and ExampleGen read the snapshot. It is in the state folder, and is
removed when the run ends.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock.config.config import Config
from penstock.core.files import discard_folder
from penstock.core.interruption import interrupted


@contextmanager
def snapshot(config: Config, on_reading: Callable[[str], None] = lambda name: None) -> Iterator[Config]:
    """Yield the configuration of a run; if the rows are in a database, it reads them from a new snapshot.

    The caller must hold the pipeline's lock.

    Args:
        config: The configuration.
        on_reading: Called with the name of the rows before they are fetched.

    Raises:
        DataError: The rows cannot be fetched.
        Interrupted: The process was interrupted meanwhile.
    """
    if not config.input.is_remote:
        yield config
        return
    on_reading(config.input.name)
    folder = snapshot_folder(config)
    try:
        _fetch(config, folder)
        yield config.with_snapshot(folder)
    finally:
        discard_folder(folder)


def _fetch(config: Config, folder: Path) -> None:
    from penstock.tables.databases.snapshot import take

    try:
        take(config.input, folder)
    except KeyboardInterrupt:
        raise interrupted(f"reading {config.input.name}", "", "nothing ran yet, start it again") from None


def with_snapshot(config: Config, folder: Path) -> Config:
    """Return the configuration that reads a database from the snapshot in a folder; it reads files directly."""
    return config.with_snapshot(folder) if config.input.is_remote else config


def refresh(config: Config) -> None:
    """Fetch the rows of a database again into the snapshot that the configuration reads.

    Raises:
        DataError: The rows cannot be fetched.
    """
    if config.input.snapshot:
        from penstock.tables.databases.snapshot import take

        take(config.input, Path(config.input.snapshot))


def snapshot_folder(config: Config) -> Path:
    """Return the folder of a run's snapshot; it never changes, because it is a setting of ExampleGen."""
    return config.path(config.state.directory) / f"{config.name}.rows"
