"""The pages of lineage."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse

from penstock.dashboard.kept import section_of
from penstock.dashboard.pages import lineage
from penstock.dashboard.rendering import page
from penstock.dashboard.routes.asked import Asked, Number, part_of
from penstock.metadata.ancestry import ancestry
from penstock.reports.graph import picture

router = APIRouter(prefix="/p/{pipeline}")


@router.get("/lineage")
def versions(source: Asked, number: Annotated[Number, Query(alias="page")] = 1) -> HTMLResponse:
    """Return the pushed versions, for the choice of one."""
    pushed = [run for run in source.runs.all() if run.pushed_version is not None]
    return HTMLResponse(page("lineage_list.html", title="Lineage", source=source, part=part_of(pushed, number)))


@router.get("/lineage/{version}")
def version(source: Asked, version: str) -> HTMLResponse:
    """Return what a version was made from."""
    graph = ancestry(source.config.store, version)
    values = {"source": source, "graph": graph, "picture": picture(graph).body}
    return HTMLResponse(page("lineage.html", title=f"Lineage of version {graph.version}", **values))


@router.get("/artifacts/{id}")
def artifact(source: Asked, id: Annotated[int, Path(ge=1, lt=2**53)]) -> HTMLResponse:
    """Return an artifact with its neighbours in the lineage."""
    found = lineage.around(source, id)
    values = {"source": source, "around": found, "drawn": section_of(found.artifact)}
    return HTMLResponse(page("artifact.html", title=f"Artifact {id}", **values))


@router.get("/files/{digest}")
def file(
    source: Asked,
    digest: Annotated[str, Path(pattern="^[0-9a-f]{12,64}$")],
    number: Annotated[Number, Query(alias="page")] = 1,
) -> HTMLResponse:
    """Return the runs and versions that a file of the source was used in."""
    part = part_of(lineage.uses_of_file(source, digest), number)
    values = {"source": source, "digest": digest, "part": part, "versions": lineage.versions_of(source, part.items)}
    return HTMLResponse(page("file.html", title="File of the source", **values))
