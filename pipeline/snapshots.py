"""The rows of a database, held still for the length of a run.

They are fetched once, when a run begins, and everything in it reads that snapshot: the checks, the decision whether
anything changed, and ExampleGen. It lies below the state's folder, and is gone when the run ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.config import Config
from pipeline.interruption import interrupted, interruptible
from pipeline.locks import only_run
from pipeline.preflight import check_writable
from tables.disk import discard_folder


@contextmanager
def held(config: Config) -> Iterator[Config]:
    """Yield the configuration to run with: where the rows are in a database, it reads them from a new snapshot.

    Raises:
        ConfigError: The state's folder cannot be written.
        DataError: The rows cannot be fetched.
        Interrupted: This process was stopped meanwhile.
        StoreError: Another run of the pipeline is under way.
    """
    if not config.input.is_remote or config.input.snapshot:
        yield config
        return
    place = place_of(config)
    check_writable("state.directory", place.parent)
    with only_run(config), interruptible():
        try:
            _take(config, place)
            yield config.reading(place)
        finally:
            discard_folder(place)


def _take(config: Config, place: Path) -> None:
    from tables.snapshot import take

    try:
        take(config.input, place)
    except KeyboardInterrupt:
        raise interrupted(f"reading {config.input.name}", "", "nothing ran yet, start it again") from None


def within_run(config: Config) -> Config:
    """Return the configuration as a process reads it that belongs to a run under way."""
    return reading_at(config, place_of(config))


def reading_at(config: Config, place: Path) -> Config:
    """Return the configuration that reads a database from a snapshot at that place; files are read where they are."""
    return config.reading(place) if config.input.is_remote else config


def renew(config: Config) -> None:
    """Fetch the rows of a database into the snapshot that the configuration reads.

    Raises:
        DataError: They cannot be fetched.
    """
    if config.input.snapshot:
        from tables.snapshot import take

        take(config.input, Path(config.input.snapshot))


def place_of(config: Config) -> Path:
    """Return the folder of a run's snapshot: always the same one, for it is a setting of ExampleGen."""
    return config.path(config.state.directory) / f"{config.name}.rows"
