"""The paths of projects and models."""

from fastapi import APIRouter

from penstock.registry.documents import Model, ModelBody, Page, Project, ProjectBody
from penstock.registry.http.access import Reader, Recorder
from penstock.registry.http.parameters import Part, RowId, RowName

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
def list_models(registry: Reader, part: Part) -> Page[Model]:
    """List the models of all projects."""
    return registry.models(part)


@router.get("/models/id/{id}", tags=["models"])
def model_by_id(registry: Reader, id: RowId) -> Model:
    """Return a model."""
    return registry.model(id)


@router.get("/models/project-id/{id}", tags=["models"])
def models_of_project(registry: Reader, id: RowId, part: Part) -> Page[Model]:
    """List the models of a project."""
    return registry.models(part, project_id=registry.project(id).id)


@router.get("/models/name/{name}", tags=["models"])
def models_by_name(registry: Reader, name: RowName, part: Part) -> Page[Model]:
    """List the models of this name, one for each project that has it."""
    return registry.models(part, name=name)


@router.get("/models/project-name/{name}", tags=["models"])
def models_of_named_project(registry: Reader, name: RowName, part: Part) -> Page[Model]:
    """List the models of a project."""
    return registry.models(part, project_id=registry.project(name).id)


@router.post("/models", tags=["models"])
def create_model(registry: Recorder, body: ModelBody) -> Model:
    """Make a model in a project, or return the one of that name as it is."""
    return registry.create_model(body.project_id, body.name, body.description)
