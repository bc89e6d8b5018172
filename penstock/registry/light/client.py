"""The client of the registry for the commands: the methods of `DatabaseClient`, mostly without SQLAlchemy.

What is not here, and each error of the file while it is read, is left to `DatabaseClient`, which is imported then.
"""

import functools
import sqlite3
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from penstock.core.machine import user_name
from penstock.registry.database.statements import Statement
from penstock.registry.documents import (
    Alias,
    AliasMove,
    Event,
    EventKind,
    Experiment,
    Model,
    Page,
    Token,
    TokenBody,
    Version,
    VersionChange,
    page_of,
)
from penstock.registry.errors import Invalid, missing
from penstock.registry.light import lists
from penstock.registry.light.rows import Rows
from penstock.registry.lists import Condition, Order, Slice
from penstock.registry.store import aliases, changes, consistency, lookups, tokens
from penstock.registry.store.writer import Writer

if TYPE_CHECKING:
    from penstock.registry.client import DatabaseClient as _Whole
else:
    _Whole = object

P = ParamSpec("P")
R = TypeVar("R")
Method = TypeVar("Method", bound=Callable[..., Any])
_FIRST = Slice()


def _or_whole(method: Method) -> Method:
    """Return a method that asks the whole client if the file cannot be read, which says why in a sentence."""

    @functools.wraps(method)
    def asked(self: "LightClient", *arguments: Any, **named: Any) -> Any:
        try:
            with self.rows.reading():
                return method(self, *arguments, **named)
        except (sqlite3.Error, UnicodeEncodeError):
            return getattr(self.whole, method.__name__)(*arguments, **named)

    return asked  # type: ignore[return-value]


class LightClient(_Whole):
    """The registry in an SQLite file that has the newest tables."""

    def __init__(self, rows: Rows, whole: "Callable[[], _Whole]", actor: str | None = None) -> None:
        """Use an open file.

        Args:
            rows: The file.
            whole: Opens the registry with all its methods.
            actor: Who changes the registry, for the events; by default the user of this process.
        """
        self.rows, self._open, self._actor = rows, whole, actor
        self._whole: _Whole | None = None

    @property
    def whole(self) -> "_Whole":
        """The client with all methods."""
        if self._whole is None:
            self._whole = self._open()
        return self._whole

    def __getattr__(self, name: str) -> Any:
        """Return what only the whole client has."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.whole, name)

    def __enter__(self) -> "LightClient":
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.rows.close()
        if self._whole is not None:
            self._whole.close()

    @_or_whole
    def models(self, part: Slice = _FIRST, *, project_id: int | None = None, name: str | None = None) -> Page[Model]:
        """Return a part of the list of models, of all projects or of one, of any name or of one."""
        query = Statement(lookups.MODELS).equal(models__project_id=project_id, models__name=name)
        if project_id is not None and self.rows.one(Statement(lists.PROJECT, (project_id,))) is None:
            raise missing(f"project {project_id}", "look at the list of them")
        return self._page("models", Model, query.active("models", part), part)

    @_or_whole
    def model(self, id: int) -> Model:
        """Return a model by its id."""
        return lookups.model_by_id(self.rows, id)

    @_or_whole
    def model_named(self, project: str, name: str) -> Model:
        """Return a model by the name of its project and its own."""
        return lookups.model_by_name(self.rows, project, name)

    @_or_whole
    def experiments(
        self,
        part: Slice = _FIRST,
        *,
        model_id: int | None = None,
        project_id: int | None = None,
        conditions: Iterable[Condition] = (),
    ) -> Page[Experiment]:
        """Return a part of the list of experiments as they were recorded, or newest first."""
        if model_id is None or project_id is not None:
            return self.whole.experiments(part, model_id=model_id, project_id=project_id, conditions=conditions)
        query = Statement(lookups.EXPERIMENTS).equal(experiments__model_id=self._model(model_id).id)
        query = lists.fulfilling(query.active("experiments", part), "experiments.id", model_id, conditions)
        return self._page("experiments", Experiment, query, part)

    @_or_whole
    def ranked(
        self, model_id: int, order: Order, part: Slice = _FIRST, conditions: Iterable[Condition] = ()
    ) -> Page[Experiment]:
        """Return the experiments of a model by a metric or a setting; those that do not have it are left out."""
        self._model(model_id)
        if part.newest:
            raise Invalid("newest", "one order of the list", f"{order} too", "leave one of them out")
        query = lists.ranked(model_id, order).active("experiments", part)
        query = lists.fulfilling(query, "v.experiment_id", model_id, conditions)
        if part.after is not None:
            found = self.rows.one(lists.value_of(part.after_id, order))
            if found is None:
                what = f"experiment {part.after_id} with a {order.kind} {order.name}"
                raise missing(what, "begin without `after`")
            query = lists.beyond(query, order, found["number"], part.after_id)
        rows = self.rows.all(lists.sorted_by_value(query, order, part))
        return page_of([Experiment.model_validate(row) for row in rows], part.limit)

    @_or_whole
    def experiment(self, id: int) -> Experiment:
        """Return an experiment by its id."""
        return lookups.experiment_by_id(self.rows, id)

    @_or_whole
    def experiment_named(self, model_id: int, name: str) -> Experiment:
        """Return an experiment of a model by its name or by that of its run."""
        return lookups.experiment_by_name(self.rows, model_id, name)

    @_or_whole
    def experiment_of_version(self, version_id: int) -> Experiment:
        """Return the experiment that pushed a version."""
        return lookups.experiment_of_version(self.rows, version_id)

    def archive_experiment(self, id: int, why: str = "", *, undo: bool = False) -> Experiment:
        """Archive an experiment: lists leave it out; or undo that."""
        return self._changed(changes.archive_experiment, id, why, undo=undo)

    @_or_whole
    def versions(self, model_id: int, part: Slice = _FIRST, *, experiment_id: int | None = None) -> Page[Version]:
        """Return a part of the list of versions of a model, of all experiments or of one."""
        query = Statement(lookups.VERSIONS).equal(model_id=self._model(model_id).id, experiment_id=experiment_id)
        rows = self.rows.all(query.active("versions", part).part("versions", part))
        names = lookups.aliases(self.rows, model_id)
        return page_of([lookups.with_aliases(row, names) for row in rows], part.limit)

    @_or_whole
    def count_versions(self, model_id: int, *, archived: bool = False) -> int:
        """Return the number of the versions of a model, of the active ones or of all."""
        query = Statement(lists.COUNT_VERSIONS).equal(model_id=self._model(model_id).id)
        found = self.rows.one(query.active("versions", Slice(archived=archived)))
        return int(found["number"]) if found else 0

    @_or_whole
    def version(self, id: int) -> Version:
        """Return a version by its id."""
        return lookups.version_by_id(self.rows, id)

    @_or_whole
    def version_numbered(self, model_id: int, number: int) -> Version:
        """Return a version of a model by its number."""
        return lookups.version_by_number(self.rows, model_id, number)

    def change_version(self, id: int, change: VersionChange) -> Version:
        """Change the description, the tags or the stage of a version."""
        return self._changed(changes.change_version, id, change)

    @_or_whole
    def aliases(self, model_id: int) -> tuple[Alias, ...]:
        """Return the aliases of a model, by name."""
        return lookups.aliases(self.rows, model_id)

    @_or_whole
    def alias(self, model_id: int, name: str) -> Alias:
        """Return an alias of a model."""
        return lookups.alias(self.rows, model_id, name)

    def move_alias(self, model_id: int, name: str, move: AliasMove) -> Alias:
        """Point an alias to a version, if it still points to the expected one."""
        return self._changed(aliases.move_alias, model_id, name, move)

    def rollback(self, model_id: int, name: str, why: str = "", expect: int | None = None) -> Alias:
        """Point an alias to the version that it pointed to before its last move."""
        return self._changed(aliases.rollback, model_id, name, why, expect)

    @_or_whole
    def events(self, part: Slice = _FIRST, model_id: int | None = None, kind: EventKind | None = None) -> Page[Event]:
        """Return a part of the list of events, in the order in which they happened."""
        of_model = None if model_id is None else self._model(model_id).id
        return self._page("events", Event, Statement(lists.EVENTS).equal(model_id=of_model, kind=kind), part)

    def create_token(self, body: TokenBody) -> tuple[Token, str]:
        """Make a token of the HTTP API; return its record, and the token itself, which is stored nowhere."""
        return self._changed(tokens.create_token, body)

    def revoke_token(self, name: str) -> Token:
        """Revoke a token: it is refused from now on."""
        return self._changed(tokens.revoke_token, name)

    @_or_whole
    def tokens(self, part: Slice = _FIRST) -> Page[Token]:
        """Return a part of the list of tokens."""
        return tokens.tokens(self.rows, part)

    @_or_whole
    def token(self, text: str) -> Token:
        """Return the record of a token that is valid now."""
        return tokens.token(self.rows, text)

    @_or_whole
    def faults(self) -> list[str]:
        """Return what is wrong with the chain of events and with the rows that they describe, one sentence each."""
        return consistency.faults(self.rows)

    def _model(self, id: int) -> Model:
        return lookups.model_by_id(self.rows, id)

    def _changed(self, function: Callable[Concatenate[Writer, P], R], *arguments: P.args, **named: P.kwargs) -> R:
        with self.rows.writing():
            return function(Writer(self.rows, self._actor or user_name()), *arguments, **named)

    def _page(self, table: str, kind: Any, query: Statement, part: Slice) -> Any:
        return page_of([kind.model_validate(row) for row in self.rows.all(query.part(table, part))], part.limit)
