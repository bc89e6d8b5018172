"""Single rows of the registry by their id, number or name; nothing here imports SQLAlchemy."""

from collections.abc import Iterable
from typing import Any

from penstock.registry.database.statements import Statement
from penstock.registry.database.transaction import Transaction
from penstock.registry.documents import Alias, Experiment, Model, Version
from penstock.registry.errors import NotFound, missing, quoted

MODELS = (
    "SELECT models.*, projects.name AS project FROM models JOIN projects ON projects.id = models.project_id WHERE 1 = 1"
)
EXPERIMENTS = "SELECT experiments.* FROM experiments WHERE 1 = 1"
VERSIONS = "SELECT versions.* FROM versions WHERE 1 = 1"
_ALIASES = (
    "SELECT aliases.*, versions.number AS version FROM aliases JOIN versions ON versions.id = aliases.version_id "
    "WHERE 1 = 1"
)


def model_by_id(connection: Transaction, id: int) -> Model:
    """Return a model.

    Raises:
        NotFound: There is none with this id.
    """
    return _model(connection, Statement(MODELS).equal(models__id=id), f"model {id}")


def model_by_name(connection: Transaction, project: str, name: str) -> Model:
    """Return a model of a project.

    Raises:
        NotFound: There is none of this name.
    """
    query = Statement(MODELS).equal(projects__name=project, models__name=name)
    return _model(connection, query, f"model {quoted(name)} of project {quoted(project)}")


def experiment_by_id(connection: Transaction, id: int) -> Experiment:
    """Return an experiment.

    Raises:
        NotFound: There is none with this id.
    """
    return _experiment(connection, Statement(EXPERIMENTS).equal(id=id), f"experiment {id}")


def experiment_by_name(connection: Transaction, model_id: int, name: str) -> Experiment:
    """Return an experiment of a model by its name or by that of its run.

    Raises:
        NotFound: There is none of this name, or no such model.
    """
    query = Statement(EXPERIMENTS).equal(model_id=model_by_id(connection, model_id).id)
    return _experiment(connection, query.where("(name = ? OR run = ?)", name, name), name)


def experiment_of_version(connection: Transaction, version_id: int) -> Experiment:
    """Return the experiment that pushed a version.

    Raises:
        NotFound: There is no such version.
    """
    of_version = "id = (SELECT experiment_id FROM versions WHERE id = ?)"
    return _experiment(
        connection, Statement(EXPERIMENTS).where(of_version, version_id), f"version with id {version_id}"
    )


def version_by_id(connection: Transaction, id: int) -> Version:
    """Return a version with its aliases.

    Raises:
        NotFound: There is none with this id.
    """
    return _version(connection, Statement(VERSIONS).equal(id=id), f"version with id {id}")


def version_by_number(connection: Transaction, model_id: int, number: int) -> Version:
    """Return a version of a model with its aliases.

    Raises:
        NotFound: The model has none of this number, or there is no such model.
    """
    query = Statement(VERSIONS).equal(model_id=model_by_id(connection, model_id).id, number=number)
    return _version(connection, query, f"version {number}")


def alias(connection: Transaction, model_id: int, name: str) -> Alias:
    """Return an alias.

    Raises:
        NotFound: The model has none of this name, or there is no such model.
    """
    model_by_id(connection, model_id)
    found = pointed(connection, model_id, name)
    if found is None:
        raise NotFound(f"the alias {quoted(name)}", "an alias of the model", "none", "look at the list of the model")
    return found


def aliases(connection: Transaction, model_id: int) -> tuple[Alias, ...]:
    """Return the aliases of a model, by name.

    Raises:
        NotFound: There is no such model.
    """
    return _aliases(connection, aliases__model_id=model_by_id(connection, model_id).id)


def pointed(connection: Transaction, model_id: int, name: str) -> Alias | None:
    """Return an alias of a model; None if there is none."""
    row = connection.one(Statement(_ALIASES).equal(aliases__model_id=model_id, aliases__name=name))
    return None if row is None else Alias.model_validate(row)


def with_aliases(row: dict[str, Any], aliases: Iterable[Alias]) -> Version:
    """Return a version with those of its model's aliases that point to it."""
    names = tuple(alias.name for alias in aliases if alias.version_id == row["id"])
    return Version.model_validate({**row, "aliases": names})


def _model(connection: Transaction, query: Statement, what: str) -> Model:
    return Model.model_validate(_one(connection, query, what, "look at the list of them"))


def _experiment(connection: Transaction, query: Statement, what: str) -> Experiment:
    return Experiment.model_validate(_one(connection, query, what, "look at the list of experiments"))


def _version(connection: Transaction, query: Statement, what: str) -> Version:
    row = _one(connection, query, what, "look at the list of the model")
    return with_aliases(row, _aliases(connection, aliases__version_id=row["id"]))


def _aliases(connection: Transaction, **equal: int) -> tuple[Alias, ...]:
    query = Statement(_ALIASES).equal(**equal).ending("ORDER BY aliases.name")
    return tuple(Alias.model_validate(row) for row in connection.all(query))


def _one(connection: Transaction, query: Statement, what: str, next_step: str) -> dict[str, Any]:
    row = connection.one(query)
    if row is None:
        raise missing(what, next_step)
    return row
