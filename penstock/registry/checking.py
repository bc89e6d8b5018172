"""Where the registry, ML Metadata and the folders of versions disagree, and what to do about each."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from penstock.config.config import Config
from penstock.core.places import is_remote_place
from penstock.metadata import lineage
from penstock.registry.documents import Experiment, Model, Version
from penstock.registry.errors import NotFound
from penstock.registry.naming import ALL_ARCHIVED, every
from penstock.registry.opening import Registry
from penstock.versions.digest import model_digest
from penstock.versions.folders import versions

Kind = Literal["event", "missing", "changed", "unrecorded", "unknown"]

_RESTORE = "restore the registry from a backup: nothing else brings back what was there"


@dataclass(frozen=True)
class Disagreement:
    """One difference.

    Attributes:
        kind: The kind of the difference.
        place: The event, row, version or run.
        words: The difference as a clause.
        remedy: What to do.
        repair: Completes what is missing, and returns what was done; None if the user has to decide.
    """

    kind: Kind
    place: str
    words: str
    remedy: str
    repair: Callable[[], str] | None = None

    def __str__(self) -> str:
        return f"{self.kind:<11}{self.place}: {self.words}"


@dataclass(frozen=True)
class Examined:
    """The result of a check.

    Attributes:
        disagreements: The disagreements, in the order of their repair.
        elsewhere: The number of versions whose folders are on another machine or in another folder.
    """

    disagreements: tuple[Disagreement, ...]
    elsewhere: int = 0


def examine(registry: Registry, config: Config, record_run: Callable[[str], str]) -> Examined:
    """Compare the registry with itself, with the metadata store, and with the folders of the versions.

    Args:
        registry: The registry.
        config: The configuration.
        record_run: Records a run of the metadata store that is not recorded, and returns what was done.

    Raises:
        StoreError: The registry or the metadata store cannot be read.
    """
    faults = tuple(Disagreement("event", "the registry", fault, _RESTORE) for fault in registry.faults())
    try:
        model = registry.model_named(config.project_name, config.model_name)
    except NotFound:
        model = None
    place = _Place(registry, config, model)
    ours = [version for version in place.versions if place.is_ours(version)]
    found = (*faults, *_runs(config, place, record_run), *_folders(config, ours), *_unknown(config, place))
    return Examined(found, len(place.versions) - len(ours))


class _Place:
    """What the registry has of a model, and which of it was made in the folder of the configuration."""

    def __init__(self, registry: Registry, config: Config, model: Model | None) -> None:
        self.versions: list[Version] = []
        self.runs: dict[str, bool] = {}
        self._root, self._host = str(config.root), socket.gethostname()
        self._ours: set[int] = set()
        if model is None:
            return
        self.versions = list(every(lambda part: registry.versions(model.id, part), ALL_ARCHIVED))
        known = set(lineage.run_ids(config.store))
        for each in every(lambda part: registry.experiments(part, model_id=model.id), ALL_ARCHIVED):
            if self._was_made_here(each) or (each.run in known and _is_run(each, lineage.run(config.store, each.run))):
                self._ours.add(each.id)
                self.runs[each.run] = each.archived is None

    def _was_made_here(self, experiment: Experiment) -> bool:
        place = experiment.details.get("place") or {}
        return place.get("folder", self._root) == self._root and place.get("host", self._host) == self._host

    def is_ours(self, version: Version) -> bool:
        """Return whether a version was pushed from this folder."""
        return version.experiment_id in self._ours

    def has(self, run: str) -> bool:
        """Return whether a run of this folder is recorded, also under the name that it got where another has its."""
        return run in self.runs or any(name.startswith(f"{run}-{self._host}-") for name in self.runs)


def _is_run(experiment: Experiment, run: lineage.Run) -> bool:
    """Return whether an experiment is a run of the metadata store, whose folder was moved since."""
    details = experiment.details
    nodes = [(node["id"], node["seconds"]) for node in details.get("nodes") or ()]
    same_version = (details.get("metadata") or {}).get("version") == run.pushed_version
    return bool(nodes) and same_version and nodes == [(node.id, round(node.seconds, 3)) for node in run.nodes]


def _runs(config: Config, place: _Place, record_run: Callable[[str], str]) -> Iterator[Disagreement]:
    """Yield the runs that only one of metadata store and registry has, oldest first."""
    known = lineage.run_ids(config.store)[::-1]
    for run in known if config.registry.record else []:
        if not place.has(run) and lineage.run(config.store, run).state != "running":
            words = "it is not recorded in the registry"
            yield Disagreement("unrecorded", f"run {run}", words, "use --repair", partial(record_run, run))
    recorded = {run for run in known if place.has(run)}
    for name, active in place.runs.items():
        if active and not any(name == run or name.startswith(f"{run}-") for run in recorded):
            remedy = "restore the metadata store from a backup; its metrics and data remain in the registry"
            yield Disagreement("unknown", f"run {name}", "the metadata store does not have it", remedy)


def _folders(config: Config, recorded: list[Version]) -> Iterator[Disagreement]:
    """Yield the versions whose folders are missing or have other files than were recorded."""
    for version in recorded:
        if is_remote_place(version.folder):
            continue
        place, folder = f"version {version.number}", config.path(version.folder)
        if not folder.is_dir():
            if version.stage == "active":
                remedy = f"write `penstock fsck --repair`, or `penstock models archive {version.number}`"
                yield Disagreement("missing", place, f"its folder {version.folder} does not exist", remedy)
        elif model_digest(folder) != version.digest:
            remedy = "`penstock fsck --repair` restores what was pushed"
            yield Disagreement("changed", place, "its files are not those that were recorded", remedy)


def _unknown(config: Config, place: _Place) -> Iterator[Disagreement]:
    """Yield the folders of versions that the registry does not know, or has from elsewhere with other files."""
    directory = config.store.push
    if is_remote_place(config.push.directory) or not directory.is_dir():
        return
    recorded = {version.number for version in place.versions}
    pending = {
        lineage.run(config.store, run).pushed_version for run in lineage.run_ids(config.store) if not place.has(run)
    }
    elsewhere = {version.number: version.digest for version in place.versions if not place.is_ours(version)}
    for number in versions(directory):
        if number in elsewhere and model_digest(directory / str(number)) != elsewhere[number]:
            words = "the registry has other files of this number, from another folder or machine"
            remedy = "set registry.model to another name, because a model has one folder of versions, then use --repair"
            yield Disagreement("unknown", f"version {number}", words, remedy)
        if number not in recorded and not (config.registry.record and number in pending):
            words = f"the registry does not have {directory / str(number)}"
            remedy = "push it again with `penstock run --no-cache`, or remove the folder if nothing uses it"
            yield Disagreement("unknown", f"version {number}", words, remedy)
