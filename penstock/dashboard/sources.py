"""The pipelines that a dashboard shows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from penstock.config.config import Config
from penstock.core.errors import PenstockError
from penstock.dashboard.jobs import Jobs
from penstock.metadata.run_cache import RunCache
from penstock.registry.documents import Model
from penstock.registry.errors import NotFound
from penstock.registry.existing import open_existing
from penstock.registry.opening import Registry


class NoPage(PenstockError):
    """There is no such page."""


@dataclass(frozen=True)
class Shown:
    """A pipeline that is to be shown.

    Attributes:
        config: Its configuration.
        nodes: Its nodes in the order of the data, each with the nodes that it waits for.
        commands: The words of the commands that its pages start, by their verbs.
    """

    config: Config
    nodes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    commands: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """One pipeline.

    Attributes:
        key: Its name in URLs.
        config: Its configuration.
        nodes: Its nodes in the order of the data, each with the nodes that it waits for.
        runs: Its runs.
        jobs: The runs that are started from its pages.
    """

    key: str
    config: Config
    nodes: Mapping[str, tuple[str, ...]]
    runs: RunCache
    jobs: Jobs

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
            jobs = Jobs(shown.commands, config.logs / "dashboard.log")
            found[key] = Source(key, config, shown.nodes, RunCache(config.store), jobs)
        return cls(found)

    def find(self, key: str) -> Source:
        """Return a pipeline.

        Raises:
            NoPage: There is none of that name.
        """
        if key not in self.by_key:
            raise NoPage(f"the pipeline {key!r}", f"one of {', '.join(self.by_key)}", "another", "go to the start page")
        return self.by_key[key]
