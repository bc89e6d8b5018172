"""The client of the registry on its database."""

import copy
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from penstock.core.machine import user_name
from penstock.registry.acceptance import SchemaAcceptance
from penstock.registry.database.engine import Database
from penstock.registry.database.migrating import migrate
from penstock.registry.database.sql import SqlTransaction
from penstock.registry.documents import (
    Alias,
    AliasMove,
    Event,
    EventKind,
    Experiment,
    ExperimentBody,
    Model,
    ModelBody,
    Page,
    Project,
    ProjectBody,
    Token,
    TokenBody,
    Version,
    VersionBody,
    VersionChange,
)
from penstock.registry.store import aliases, changes, consistency, experiments, lookups, projects, tokens, versions
from penstock.registry.store.experiments import Condition, Order
from penstock.registry.store.rows import Slice, SqlWriter

P = ParamSpec("P")
R = TypeVar("R")
_FIRST = Slice()


class DatabaseClient:
    """The registry in a database; each method is one transaction."""

    def __init__(self, uri: str, *, root: Path = Path(), actor: str | None = None) -> None:
        """Open the registry, and create or migrate its tables.

        Args:
            uri: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.
            root: The folder that a relative FILE is relative to.
            actor: Who changes the registry, for the events; by default the user of this process.

        Raises:
            ConfigError: The URL is not valid.
            StoreError: The database cannot be opened or migrated.
        """
        self.database = Database(uri, root)
        self.actor = actor or user_name()
        migrate(self.database)

    def __enter__(self) -> "DatabaseClient":
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.database.close()

    def acting_as(self, actor: str) -> "DatabaseClient":
        """Return the client with another actor and the same connections."""
        other = copy.copy(self)
        other.actor = actor
        return other

    def ping(self) -> None:
        """Read from the database.

        Raises:
            StoreError: It does not answer.
        """
        self._read(SqlTransaction.now)

    def create_project(self, name: str, description: str = "") -> Project:
        """Make a project, or return the one of that name as it is."""
        return self._write(projects.create_project, ProjectBody(name=name, description=description))

    def create_model(self, project_id: int, name: str, description: str = "") -> Model:
        """Make a model in a project, or return the one of that name as it is."""
        return self._write(projects.create_model, ModelBody(project_id=project_id, name=name, description=description))

    def projects(self, part: Slice = _FIRST) -> Page[Project]:
        """Return a part of the list of projects."""
        return self._read(projects.projects, part)

    def project(self, id_or_name: int | str) -> Project:
        """Return a project by its id or its name."""
        if isinstance(id_or_name, int):
            return self._read(projects.project_by_id, id_or_name)
        return self._read(projects.project_by_name, id_or_name)

    def models(self, part: Slice = _FIRST, *, project_id: int | None = None, name: str | None = None) -> Page[Model]:
        """Return a part of the list of models, of all projects or of one, of any name or of one."""
        return self._read(projects.models, part, project_id=project_id, name=name)

    def model(self, id: int) -> Model:
        """Return a model by its id."""
        return self._read(lookups.model_by_id, id)

    def model_named(self, project: str, name: str) -> Model:
        """Return a model by the name of its project and its own."""
        return self._read(lookups.model_by_name, project, name)

    def archive_project(self, id: int, why: str = "") -> Project:
        """Archive a project: lists leave it out."""
        return self._write(projects.archive_project, id, why)

    def archive_model(self, id: int, why: str = "") -> Model:
        """Archive a model: lists leave it out."""
        return self._write(projects.archive_model, id, why)

    def accept_schema(self, model_id: int, body: SchemaAcceptance) -> Model:
        """Record who accepted changes of the schema of a model."""
        return self._write(projects.accept_schema, model_id, body)

    def record_experiment(self, body: ExperimentBody) -> Experiment:
        """Record a run, or return the experiment that records it already."""
        return self._write(experiments.record_experiment, body)

    def merge_evaluations(self, id: int, evaluations: Mapping[str, Any]) -> Experiment:
        """Add evaluations to an experiment; metrics that it has already are replaced."""
        return self._write(experiments.merge_evaluations, id, evaluations)

    def merge_artifacts(self, id: int, artifacts: Mapping[str, Any]) -> Experiment:
        """Add paths of artifacts to an experiment; a path that it has already is replaced."""
        return self._write(experiments.merge_artifacts, id, artifacts)

    def archive_experiment(self, id: int, why: str = "", *, undo: bool = False) -> Experiment:
        """Archive an experiment: lists leave it out; or undo that."""
        return self._write(changes.archive_experiment, id, why, undo=undo)

    def experiments(
        self,
        part: Slice = _FIRST,
        *,
        model_id: int | None = None,
        project_id: int | None = None,
        conditions: Iterable[Condition] = (),
    ) -> Page[Experiment]:
        """Return a part of the list of experiments as they were recorded, or newest first."""
        return self._read(
            experiments.experiments, part, model_id=model_id, project_id=project_id, conditions=conditions
        )

    def ranked(
        self, model_id: int, order: Order, part: Slice = _FIRST, conditions: Iterable[Condition] = ()
    ) -> Page[Experiment]:
        """Return the experiments of a model by a metric or a setting; those that do not have it are left out."""
        return self._read(experiments.ranked, model_id, order, part, conditions)

    def experiment(self, id: int) -> Experiment:
        """Return an experiment by its id."""
        return self._read(lookups.experiment_by_id, id)

    def experiment_named(self, model_id: int, name: str) -> Experiment:
        """Return an experiment of a model by its name or by that of its run."""
        return self._read(lookups.experiment_by_name, model_id, name)

    def experiment_of_version(self, version_id: int) -> Experiment:
        """Return the experiment that pushed a version."""
        return self._read(lookups.experiment_of_version, version_id)

    def record_version(self, body: VersionBody) -> Version:
        """Record a version; the first of a model gets the alias `default`."""
        return self._write(versions.record_version, body)

    def change_version(self, id: int, change: VersionChange) -> Version:
        """Change the description, the tags or the stage of a version."""
        return self._write(changes.change_version, id, change)

    def versions(self, model_id: int, part: Slice = _FIRST, *, experiment_id: int | None = None) -> Page[Version]:
        """Return a part of the list of versions of a model, of all experiments or of one."""
        return self._read(versions.versions, model_id, part, experiment_id)

    def count_versions(self, model_id: int, *, archived: bool = False) -> int:
        """Return the number of the versions of a model, of the active ones or of all."""
        return self._read(versions.count_versions, model_id, archived=archived)

    def version(self, id: int) -> Version:
        """Return a version by its id."""
        return self._read(lookups.version_by_id, id)

    def version_numbered(self, model_id: int, number: int) -> Version:
        """Return a version of a model by its number."""
        return self._read(lookups.version_by_number, model_id, number)

    def aliases(self, model_id: int) -> tuple[Alias, ...]:
        """Return the aliases of a model, by name."""
        return self._read(lookups.aliases, model_id)

    def alias(self, model_id: int, name: str) -> Alias:
        """Return an alias of a model."""
        return self._read(lookups.alias, model_id, name)

    def move_alias(self, model_id: int, name: str, move: AliasMove) -> Alias:
        """Point an alias to a version, if it still points to the expected one."""
        return self._write(aliases.move_alias, model_id, name, move)

    def rollback(self, model_id: int, name: str, why: str = "", expect: int | None = None) -> Alias:
        """Point an alias to the version that it pointed to before its last move."""
        return self._write(aliases.rollback, model_id, name, why, expect)

    def events(self, part: Slice = _FIRST, model_id: int | None = None, kind: EventKind | None = None) -> Page[Event]:
        """Return a part of the list of events, in the order in which they happened."""
        return self._read(versions.events, part, model_id, kind)

    def create_token(self, body: TokenBody) -> tuple[Token, str]:
        """Make a token of the HTTP API; return its record, and the token itself, which is stored nowhere."""
        return self._write(tokens.create_token, body)

    def revoke_token(self, name: str) -> Token:
        """Revoke a token: it is refused from now on."""
        return self._write(tokens.revoke_token, name)

    def tokens(self, part: Slice = _FIRST) -> Page[Token]:
        """Return a part of the list of tokens."""
        return self._read(tokens.tokens, part)

    def token(self, text: str) -> Token:
        """Return the record of a token that is valid now."""
        return self._read(tokens.token, text)

    def faults(self) -> list[str]:
        """Return what is wrong with the chain of events and with the rows that they describe, one sentence each."""
        return self._read(consistency.faults)

    def _read(self, function: Callable[Concatenate[SqlTransaction, P], R], *arguments: P.args, **named: P.kwargs) -> R:
        with self.database.reading() as connection:
            return function(SqlTransaction(connection), *arguments, **named)

    def _write(self, function: Callable[Concatenate[SqlWriter, P], R], *arguments: P.args, **named: P.kwargs) -> R:
        with self.database.writing() as connection:
            return function(SqlWriter.begin(connection, self.actor), *arguments, **named)
