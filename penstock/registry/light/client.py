"""The client of the registry for commands that read: the methods of `DatabaseClient`, mostly without SQLAlchemy.

What is not here, and each error of the file, is left to `DatabaseClient`, which is imported then.
"""

import functools
import sqlite3
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from penstock.registry.documents import Alias, Event, EventKind, Experiment, Model, Page, Version, page_of
from penstock.registry.errors import Invalid, missing
from penstock.registry.light import statements
from penstock.registry.light.rows import Rows
from penstock.registry.light.statements import Statement
from penstock.registry.lists import Condition, Order, Slice

if TYPE_CHECKING:
    from penstock.registry.client import DatabaseClient as _Whole
else:
    _Whole = object

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

    def __init__(self, rows: Rows, whole: "Callable[[], _Whole]") -> None:
        """Read from an open file.

        Args:
            rows: The file.
            whole: Opens the registry with all its methods.
        """
        self.rows, self._open = rows, whole
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
        query = Statement(statements.MODELS).equal(models__project_id=project_id, models__name=name)
        if project_id is not None and self.rows.one(Statement(statements.PROJECT, (project_id,))) is None:
            raise missing(f"project {project_id}", "look at the list of them")
        return self._page("models", Model, query.active("models", part), part)

    @_or_whole
    def model(self, id: int) -> Model:
        """Return a model by its id."""
        return self._model(id)

    @_or_whole
    def model_named(self, project: str, name: str) -> Model:
        """Return a model by the name of its project and its own."""
        query = Statement(statements.MODELS).equal(projects__name=project, models__name=name)
        return self._one(Model, query, f"model {name!r} of project {project!r}", "look at the list of them")

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
        query = Statement(statements.EXPERIMENTS).equal(experiments__model_id=self._model(model_id).id)
        query = statements.fulfilling(query.active("experiments", part), "experiments.id", model_id, conditions)
        return self._page("experiments", Experiment, query, part)

    @_or_whole
    def ranked(
        self, model_id: int, order: Order, part: Slice = _FIRST, conditions: Iterable[Condition] = ()
    ) -> Page[Experiment]:
        """Return the experiments of a model by a metric or a setting; those that do not have it are left out."""
        self._model(model_id)
        if part.newest:
            raise Invalid("newest", "one order of the list", f"{order} too", "leave one of them out")
        query = statements.ranked(model_id, order).active("experiments", part)
        query = statements.fulfilling(query, "v.experiment_id", model_id, conditions)
        if part.after is not None:
            found = self.rows.one(statements.value_of(part.after_id, order))
            if found is None:
                what = f"experiment {part.after_id} with a {order.kind} {order.name}"
                raise missing(what, "begin without `after`")
            query = statements.beyond(query, order, found["number"], part.after_id)
        rows = self.rows.all(statements.sorted_by_value(query, order, part))
        return page_of([Experiment.model_validate(row) for row in rows], part.limit)

    @_or_whole
    def experiment(self, id: int) -> Experiment:
        """Return an experiment by its id."""
        return self._experiment(Statement(statements.EXPERIMENTS).equal(id=id), f"experiment {id}")

    @_or_whole
    def experiment_named(self, model_id: int, name: str) -> Experiment:
        """Return an experiment of a model by its name or by that of its run."""
        query = Statement(statements.EXPERIMENTS).equal(model_id=self._model(model_id).id)
        return self._experiment(query.where("(name = ? OR run = ?)", name, name), name)

    @_or_whole
    def experiment_of_version(self, version_id: int) -> Experiment:
        """Return the experiment that pushed a version."""
        of_version = "id = (SELECT experiment_id FROM versions WHERE id = ?)"
        query = Statement(statements.EXPERIMENTS).where(of_version, version_id)
        return self._experiment(query, f"version with id {version_id}")

    @_or_whole
    def versions(self, model_id: int, part: Slice = _FIRST, *, experiment_id: int | None = None) -> Page[Version]:
        """Return a part of the list of versions of a model, of all experiments or of one."""
        query = Statement(statements.VERSIONS).equal(model_id=self._model(model_id).id, experiment_id=experiment_id)
        rows = self.rows.all(query.active("versions", part).part("versions", part))
        aliases = self._aliases(model_id)
        return page_of([_version(row, aliases) for row in rows], part.limit)

    @_or_whole
    def count_versions(self, model_id: int, *, archived: bool = False) -> int:
        """Return the number of the versions of a model, of the active ones or of all."""
        query = Statement(statements.COUNT_VERSIONS).equal(model_id=self._model(model_id).id)
        found = self.rows.one(query.active("versions", Slice(archived=archived)))
        return int(found["number"]) if found else 0

    @_or_whole
    def version(self, id: int) -> Version:
        """Return a version by its id."""
        return self._version(Statement(statements.VERSIONS).equal(id=id), f"version with id {id}")

    @_or_whole
    def version_numbered(self, model_id: int, number: int) -> Version:
        """Return a version of a model by its number."""
        query = Statement(statements.VERSIONS).equal(model_id=self._model(model_id).id, number=number)
        return self._version(query, f"version {number}")

    @_or_whole
    def aliases(self, model_id: int) -> tuple[Alias, ...]:
        """Return the aliases of a model, by name."""
        return self._aliases(self._model(model_id).id)

    @_or_whole
    def events(self, part: Slice = _FIRST, model_id: int | None = None, kind: EventKind | None = None) -> Page[Event]:
        """Return a part of the list of events, in the order in which they happened."""
        of_model = None if model_id is None else self._model(model_id).id
        return self._page("events", Event, Statement(statements.EVENTS).equal(model_id=of_model, kind=kind), part)

    def _model(self, id: int) -> Model:
        query = Statement(statements.MODELS).equal(models__id=id)
        return self._one(Model, query, f"model {id}", "look at the list of them")

    def _experiment(self, query: Statement, what: str) -> Experiment:
        return self._one(Experiment, query, what, "look at the list of experiments")

    def _version(self, query: Statement, what: str) -> Version:
        row = self.rows.one(query)
        if row is None:
            raise missing(what, "look at the list of the model")
        return _version(row, self._aliases(row["model_id"]))

    def _aliases(self, model_id: int) -> tuple[Alias, ...]:
        rows = self.rows.all(Statement(statements.ALIASES, (model_id,)))
        return tuple(Alias.model_validate(row) for row in rows)

    def _one(self, kind: Any, query: Statement, what: str, next_step: str) -> Any:
        row = self.rows.one(query)
        if row is None:
            raise missing(what, next_step)
        return kind.model_validate(row)

    def _page(self, table: str, kind: Any, query: Statement, part: Slice) -> Any:
        return page_of([kind.model_validate(row) for row in self.rows.all(query.part(table, part))], part.limit)


def _version(row: dict[str, Any], aliases: Iterable[Alias]) -> Version:
    names = tuple(alias.name for alias in aliases if alias.version_id == row["id"])
    return Version.model_validate({**row, "aliases": names})
