"""The paths of experiments."""

from typing import Annotated

from fastapi import APIRouter, Body

from penstock.registry.conditions import conditions, order
from penstock.registry.documents import Archival, Experiment, ExperimentBody, Page, Values
from penstock.registry.http.access import Promoter, Reader, Recorder
from penstock.registry.http.parameters import OrderBy, Part, QueryId, RowId, RunName, Where

router = APIRouter(prefix="/experiments", tags=["experiments"])
_Values = Annotated[Values, Body()]


@router.get("/all")
def list_experiments(
    registry: Reader,
    part: Part,
    where: Where = [],  # noqa: B006
    model_id: QueryId = None,
    project_id: QueryId = None,
) -> Page[Experiment]:
    """List the experiments of all models, or of one or a project, as they were recorded or newest first."""
    found = conditions(where)
    return registry.experiments(part, model_id=model_id, project_id=project_id, conditions=found)


@router.get("/id/{id}")
def experiment_by_id(registry: Reader, id: RowId) -> Experiment:
    """Return an experiment."""
    return registry.experiment(id)


@router.get("/model-version-id/{id}")
def experiment_of_version(registry: Reader, id: RowId) -> Experiment:
    """Return the experiment that pushed a version."""
    return registry.experiment_of_version(id)


@router.get("/model-id/{id}")
def experiments_of_model(
    registry: Reader,
    id: RowId,
    part: Part,
    where: Where = [],  # noqa: B006
    order_by: OrderBy = None,
) -> Page[Experiment]:
    """List the experiments of a model; with an order, those that have the value."""
    if order_by is None:
        return registry.experiments(part, model_id=id, conditions=conditions(where))
    return registry.ranked(id, order(order_by), part, conditions(where))


@router.get("/model-id/{id}/named")
def experiment_by_name(registry: Reader, id: RowId, name: RunName) -> Experiment:
    """Return an experiment of a model by its name or by that of its run."""
    return registry.experiment_named(id, name)


@router.get("/project-id/{id}")
def experiments_of_project(registry: Reader, id: RowId, part: Part, where: Where = []) -> Page[Experiment]:  # noqa: B006
    """List the experiments of a project, as they were recorded or newest first."""
    return registry.experiments(part, project_id=id, conditions=conditions(where))


@router.post("")
def record_experiment(registry: Recorder, body: ExperimentBody) -> Experiment:
    """Record a run, or return the experiment that records it already."""
    return registry.record_experiment(body)


@router.post("/evaluations/{id}")
def merge_evaluations(registry: Recorder, id: RowId, evaluations: _Values) -> Experiment:
    """Add evaluations to an experiment; metrics that it has already are replaced."""
    return registry.merge_evaluations(id, evaluations)


@router.post("/artifact-file-paths/{id}")
def merge_artifacts(registry: Recorder, id: RowId, artifacts: _Values) -> Experiment:
    """Add paths of artifacts to an experiment; a path that it has already is replaced."""
    return registry.merge_artifacts(id, artifacts)


@router.post("/id/{id}/archive")
def archive_experiment(registry: Promoter, id: RowId, archival: Archival) -> Experiment:
    """Archive an experiment: lists leave it out; or undo that."""
    return registry.archive_experiment(id, archival.why, undo=archival.undo)
