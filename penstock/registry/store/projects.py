"""Projects and models: made once, found by id or name, archived and never deleted."""

from typing import Any

import sqlalchemy as sa

from penstock.registry.acceptance import SchemaAcceptance
from penstock.registry.database import tables
from penstock.registry.database.sql import SqlTransaction
from penstock.registry.documents import ACCEPTED, Model, ModelBody, Page, Project, ProjectBody
from penstock.registry.errors import quoted
from penstock.registry.store.lookups import model_by_id
from penstock.registry.store.rows import Slice, SqlWriter, one, page

_PROJECTS = sa.select(tables.Project.__table__)
_MODELS = sa.select(tables.Model.__table__, tables.Project.name.label("project")).join(
    tables.Project, tables.Project.id == tables.Model.project_id
)


def create_project(writer: SqlWriter, body: ProjectBody) -> Project:
    """Make a project, or return the one of that name as it is."""
    query = _PROJECTS.where(tables.Project.name == body.name)
    found = writer.connection.execute(query).mappings().one_or_none()
    if found is None:
        time = writer.connection.now()
        id = writer.insert(tables.Project, name=body.name, description=body.description, created=time)
        writer.record("project made", {"project": id}, name=body.name)
        found = writer.connection.execute(query).mappings().one()
    return Project.model_validate(found)


def create_model(writer: SqlWriter, body: ModelBody) -> Model:
    """Make a model in a project, or return the one of that name as it is.

    Raises:
        NotFound: There is no such project.
    """
    project_by_id(writer.connection, body.project_id)
    query = _MODELS.where(tables.Model.project_id == body.project_id, tables.Model.name == body.name)
    found = writer.connection.execute(query).mappings().one_or_none()
    if found is None:
        time = writer.connection.now()
        id = writer.insert(tables.Model, **body.model_dump(), created=time)
        writer.record("model made", {"project": body.project_id, "model": id}, name=body.name)
        found = writer.connection.execute(query).mappings().one()
    return Model.model_validate(found)


def projects(connection: SqlTransaction, part: Slice) -> Page[Project]:
    """Return a part of the list of projects."""
    query = _PROJECTS if part.archived else _PROJECTS.where(tables.Project.archived.is_(None))
    return page(connection, query, tables.Project.id, part, Project.model_validate)


def project_by_id(connection: SqlTransaction, id: int) -> Project:
    """Return a project.

    Raises:
        NotFound: There is none with this id.
    """
    return _project(connection, tables.Project.id == id, f"project {id}")


def project_by_name(connection: SqlTransaction, name: str) -> Project:
    """Return a project.

    Raises:
        NotFound: There is none of this name.
    """
    return _project(connection, tables.Project.name == name, f"project {quoted(name)}")


def models(
    connection: SqlTransaction, part: Slice, *, project_id: int | None = None, name: str | None = None
) -> Page[Model]:
    """Return a part of the list of models, of all projects or of one, of any name or of one.

    Raises:
        NotFound: There is no such project.
    """
    query = _MODELS if part.archived else _MODELS.where(tables.Model.archived.is_(None))
    if project_id is not None:
        query = query.where(tables.Model.project_id == project_by_id(connection, project_id).id)
    if name is not None:
        query = query.where(tables.Model.name == name)
    return page(connection, query, tables.Model.id, part, Model.model_validate)


def archive_project(writer: SqlWriter, id: int, why: str) -> Project:
    """Archive a project: lists leave it out.

    Raises:
        NotFound: There is none with this id.
    """
    if project_by_id(writer.connection, id).archived is None:
        time = writer.record("project archived", {"project": id}, why=why)
        _archive(writer, tables.Project, id, time)
    return project_by_id(writer.connection, id)


def archive_model(writer: SqlWriter, id: int, why: str) -> Model:
    """Archive a model: lists leave it out.

    Raises:
        NotFound: There is none with this id.
    """
    if model_by_id(writer.connection, id).archived is None:
        time = writer.record("model archived", {"model": id}, why=why)
        _archive(writer, tables.Model, id, time)
    return model_by_id(writer.connection, id)


def accept_schema(writer: SqlWriter, id: int, body: SchemaAcceptance) -> Model:
    """Record who accepted changes of the schema of a model, as an event.

    Raises:
        NotFound: There is no model with this id.
    """
    found = model_by_id(writer.connection, id)
    writer.record(ACCEPTED, {"project": found.project_id, "model": id}, **body.model_dump(mode="json"))
    return found


def _archive(writer: SqlWriter, table: Any, id: int, time: Any) -> None:
    writer.connection.execute(sa.update(table).where(table.id == id).values(archived=time))


def _project(connection: SqlTransaction, condition: Any, what: str) -> Project:
    row = one(connection, _PROJECTS.where(condition), what, "look at the list of them")
    return Project.model_validate(row)
