"""The pipelines that a dashboard shows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from penstock.config.config import Config
from penstock.core.errors import PenstockError
from penstock.dashboard.jobs import Jobs
from penstock.metadata.run_cache import RunCache
from penstock.registry.database.file import sqlite_file
from penstock.registry.documents import Model
from penstock.registry.errors import NotFound
from penstock.registry.existing import open_existing
from penstock.registry.opening import Registry

# The file of the output, and the verbs, of the commands that exclude each other.
_JOBS = {
    "jobs": ("dashboard.log", ("run", "resume")),
    "review": ("dashboard-schema.json", ("schema diff", "schema accept")),
    "drift": ("dashboard-drift.json", ("drift",)),
}


class NoPage(PenstockError):
    """There is no such page."""


@dataclass(frozen=True)
class Shown:
    """A pipeline that is to be shown.

    Attributes:
        config: Its configuration.
        nodes: Its nodes in the order of the data, each with the nodes that it waits for.
        commands: The words of the commands that its pages start, by their verbs.
        each_time: The nodes whose outputs never come from the cache.
    """

    config: Config
    nodes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    commands: Mapping[str, Sequence[str]] = field(default_factory=dict)
    each_time: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Source:
    """One pipeline.

    Attributes:
        key: Its name in URLs.
        config: Its configuration.
        nodes: Its nodes in the order of the data, each with the nodes that it waits for.
        runs: Its runs.
        each_time: The nodes whose outputs never come from the cache.
        jobs: The runs that are started from its pages.
        review: The comparison of the rows with the schema, and the acceptance of changes.
        drift: The comparison of the log of requests with the training data.
    """

    key: str
    config: Config
    nodes: Mapping[str, tuple[str, ...]]
    runs: RunCache
    each_time: frozenset[str]
    jobs: Jobs
    review: Jobs
    drift: Jobs

    @contextmanager
    def registry(self) -> "Iterator[Registry | None]":
        """Yield the registry, opened for this request; None if nothing was recorded in it yet.

        Raises:
            StoreError: It cannot be opened.
        """
        try:
            opened = open_existing(self.config)
        except NotFound:
            yield None
            return
        with opened as registry:
            yield registry

    def registry_file(self) -> Path | None:
        """Return the SQLite file of the registry; None if it is on a server."""
        uri = self.config.registry_uri
        return None if uri.startswith("http") else sqlite_file(uri, self.config.root)

    def model(self, registry: Registry) -> Model | None:
        """Return the model of the pipeline in its registry; None if no run was recorded yet."""
        try:
            return registry.model_named(self.config.project_name, self.config.model_name)
        except NotFound:
            return None


@dataclass(frozen=True)
class Sources:
    """All pipelines of a dashboard, by their names in URLs."""

    by_key: Mapping[str, Source] = field(default_factory=dict)

    @classmethod
    def of(cls, pipelines: Iterable[Shown]) -> "Sources":
        """Return the pipelines of some configurations; of two with the same name the second gets a number."""
        found: dict[str, Source] = {}
        for shown in pipelines:
            config = shown.config
            names = (config.name, *(f"{config.name}-{number}" for number in range(2, len(found) + 3)))
            key = next(name for name in names if name not in found)
            jobs = {
                part: Jobs(_chosen(shown, verbs), config.logs / file, as_json=file.endswith(".json"))
                for part, (file, verbs) in _JOBS.items()
            }
            found[key] = Source(key, config, shown.nodes, RunCache(config.store), shown.each_time, **jobs)
        return cls(found)

    def find(self, key: str) -> Source:
        """Return a pipeline.

        Raises:
            NoPage: There is none of that name.
        """
        if key not in self.by_key:
            raise NoPage(f"the pipeline {key!r}", f"one of {', '.join(self.by_key)}", "another", "go to the start page")
        return self.by_key[key]


def _chosen(shown: Shown, verbs: Sequence[str]) -> dict[str, Sequence[str]]:
    return {verb: shown.commands[verb] for verb in verbs if verb in shown.commands}
