"""The runs to compare: `RUN`, or `FOLDER:RUN` for a run of another project or of another state folder."""

from dataclasses import dataclass
from pathlib import Path

from penstock.config.config import Config
from penstock.config.loading import DEFAULT_FILE, load
from penstock.core.errors import ConfigError
from penstock.metadata import lineage
from penstock.metadata.lineage import Run
from penstock.metadata.store import Store

_STORE_FILE = "metadata.sqlite"
_EXPECTED = "the folder of a project (pipeline.toml) or of its state (metadata.sqlite)"


@dataclass(frozen=True)
class Selected:
    """A run to compare.

    Attributes:
        folder: The folder before its name; empty for the configured state folder.
        store: The metadata store that records it.
        run: The run.
    """

    folder: str
    store: Store
    run: Run

    def __str__(self) -> str:
        return f"{self.folder}:{self.run.id}" if self.folder else self.run.id


def select(config: Config, text: str) -> Selected:
    """Return the run that an argument names.

    Raises:
        ConfigError: There is no such folder or run.
        StoreError: The store cannot be read.
    """
    folder, colon, name = text.rpartition(":")
    if not name or (colon and not folder):
        raise ConfigError(f"run {text!r}", "RUN or FOLDER:RUN", "a part of it", "name a run, or `latest`")
    store = _store(config, folder, text) if folder else config.store
    try:
        return Selected(folder, store, lineage.run(store, name))
    except ConfigError as error:
        if folder:
            next_step = "list the runs of that folder, or name another"
            raise ConfigError(f"run {text}", error.expected, f"{error.received} in {folder}", next_step) from None
        raise


def _store(config: Config, folder: str, text: str) -> Store:
    place = Path(folder)
    if place.suffix == ".toml" and place.is_file():
        return load(place).store
    if (place / DEFAULT_FILE).is_file():
        return load(place / DEFAULT_FILE).store
    file = place / _STORE_FILE
    if not file.is_file():
        received = f"neither in {folder}" if place.is_dir() else "no such folder"
        raise ConfigError(f"run {text}", _EXPECTED, received, "correct the folder before the colon")
    state, ours = place.absolute(), config.store
    uri = f"sqlite:///{state / _STORE_FILE}"
    return Store(_pipeline(state, config.name), uri, state / _STORE_FILE, ours.root, state, ours.push)


def _pipeline(state: Path, name: str) -> str:
    """Return the name of the pipeline in a state folder: the configured one, unless it has only another."""
    names = [place.name for place in (state / "artifacts").glob("[!.]*") if place.is_dir()]
    return names[0] if len(names) == 1 else name
