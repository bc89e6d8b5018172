"""The rows of a database as they are when a run begins: fetched once, and read by all of it.

The checks, the decision whether anything changed, and ExampleGen read that snapshot. It lies below the state's folder,
and is gone when the run ends.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock.config.config import Config
from penstock.core.files import discard_folder
from penstock.core.interruption import interrupted


@contextmanager
def snapshot(config: Config, on_reading: Callable[[str], None] = lambda name: None) -> Iterator[Config]:
    """Yield the configuration to run with: where the rows are in a database, it reads them from a new snapshot.

    Only to be called by the one run that holds the pipeline's lock.

    Args:
        config: The configuration.
        on_reading: Takes the name of the rows before they are fetched.

    Raises:
        DataError: The rows cannot be fetched.
        Interrupted: This process was stopped meanwhile.
    """
    if not config.input.is_remote:
        yield config
        return
    on_reading(config.input.name)
    place = place_of(config)
    try:
        _take(config, place)
        yield config.with_snapshot(place)
    finally:
        discard_folder(place)


def _take(config: Config, place: Path) -> None:
    from penstock.tables.databases.snapshot import take

    try:
        take(config.input, place)
    except KeyboardInterrupt:
        raise interrupted(f"reading {config.input.name}", "", "nothing ran yet, start it again") from None


def within_run(config: Config) -> Config:
    """Return the configuration as a process reads it that belongs to a run under way."""
    return reading_at(config, place_of(config))


def reading_at(config: Config, place: Path) -> Config:
    """Return the configuration that reads a database from a snapshot at that place; files are read where they are."""
    return config.with_snapshot(place) if config.input.is_remote else config


def renew(config: Config) -> None:
    """Fetch the rows of a database into the snapshot that the configuration reads.

    Raises:
        DataError: They cannot be fetched.
    """
    if config.input.snapshot:
        from penstock.tables.databases.snapshot import take

        take(config.input, Path(config.input.snapshot))


def place_of(config: Config) -> Path:
    """Return the folder of a run's snapshot: always the same one, for it is a setting of ExampleGen."""
    return config.path(config.state.directory) / f"{config.name}.rows"
