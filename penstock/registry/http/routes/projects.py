"""The paths of projects and models."""

from fastapi import APIRouter

from penstock.registry.acceptance import SchemaAcceptance
from penstock.registry.documents import Model, ModelBody, Page, Project, ProjectBody, Reason
from penstock.registry.http.access import Promoter, Reader, Recorder
from penstock.registry.http.parameters import Part, QueryId, QueryName, RowId, RowName

router = APIRouter()


@router.get("/projects/all", tags=["projects"])
def list_projects(registry: Reader, part: Part) -> Page[Project]:
    """List the projects."""
    return registry.projects(part)


@router.get("/projects/id/{id}", tags=["projects"])
def project_by_id(registry: Reader, id: RowId) -> Project:
    """Return a project."""
    return registry.project(id)


@router.get("/projects/name/{name}", tags=["projects"])
def project_by_name(registry: Reader, name: RowName) -> Project:
    """Return a project."""
    return registry.project(name)


@router.post("/projects", tags=["projects"])
def create_project(registry: Recorder, body: ProjectBody) -> Project:
    """Make a project, or return the one of that name as it is."""
    return registry.create_project(body.name, body.description)


@router.get("/models/all", tags=["models"])
def list_models(registry: Reader, part: Part, project_id: QueryId = None, name: QueryName = None) -> Page[Model]:
    """List the models of all projects or of one, of any name or of one."""
    return registry.models(part, project_id=project_id, name=name)


@router.get("/models/id/{id}", tags=["models"])
def model_by_id(registry: Reader, id: RowId) -> Model:
    """Return a model."""
    return registry.model(id)


@router.get("/models/project-id/{id}", tags=["models"])
def models_of_project(registry: Reader, id: RowId, part: Part) -> Page[Model]:
    """List the models of a project."""
    return registry.models(part, project_id=id)


@router.get("/models/name/{name}", tags=["models"])
def models_by_name(registry: Reader, name: RowName, part: Part) -> Page[Model]:
    """List the models of this name, one for each project that has it."""
    return registry.models(part, name=name)


@router.get("/models/project-name/{name}", tags=["models"])
def models_of_named_project(registry: Reader, name: RowName, part: Part) -> Page[Model]:
    """List the models of a project."""
    return registry.models(part, project_id=registry.project(name).id)


@router.get("/models/project-name/{project}/name/{name}", tags=["models"])
def model_by_name(registry: Reader, project: RowName, name: RowName) -> Model:
    """Return a model by the name of its project and its own."""
    return registry.model_named(project, name)


@router.post("/models", tags=["models"])
def create_model(registry: Recorder, body: ModelBody) -> Model:
    """Make a model in a project, or return the one of that name as it is."""
    return registry.create_model(body.project_id, body.name, body.description)


@router.post("/models/id/{id}/schema", tags=["models"])
def accept_schema(registry: Recorder, id: RowId, body: SchemaAcceptance) -> Model:
    """Record that the owner of the token accepted changes of the schema of a model."""
    return registry.accept_schema(id, body)


@router.post("/projects/id/{id}/archive", tags=["projects"])
def archive_project(registry: Promoter, id: RowId, reason: Reason) -> Project:
    """Archive a project: lists leave it out."""
    return registry.archive_project(id, reason.why)


@router.post("/models/id/{id}/archive", tags=["models"])
def archive_model(registry: Promoter, id: RowId, reason: Reason) -> Model:
    """Archive a model: lists leave it out."""
    return registry.archive_model(id, reason.why)
