"""The pages of the registry."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from penstock.dashboard.pages import models
from penstock.dashboard.rendering import page
from penstock.dashboard.routes.asked import Asked, Number, Words, part_of
from penstock.dashboard.routes.forms import SignedIn
from penstock.registry.naming import find_experiment, find_version
from penstock.registry.views import value_of

router = APIRouter(prefix="/p/{pipeline}")
Named = Annotated[str, Query(max_length=300)]
Many = Annotated[list[str], Query(max_length=20)]


@router.get("/models")
def versions(source: Asked, session: SignedIn, model: Named = "") -> HTMLResponse:
    """Return the versions of a model, its aliases and its events."""
    with source.registry() as registry:
        found = models.model_of(source, registry, model)
        own = found if session is not None and not model else None
        values = {"title": "Models", "source": source, "session": own and session, "model": found}
        values |= {"rows": [], "others": []}
        if registry is None or found is None:
            return HTMLResponse(page("models.html", **values, aliases=(), events=[], chart=""))
        rows = models.kept_version_rows(source, registry, found)
        return HTMLResponse(
            page(
                "models.html",
                **{**values, "rows": rows, "others": models.all_models(registry)},
                aliases=registry.aliases(found.id),
                events=models.events(registry, found),
                chart=models.metric_chart(rows),
            )
        )


@router.get("/models/{version}")
def version(source: Asked, version: str, session: SignedIn, model: Named = "") -> HTMLResponse:
    """Return one version, by its number, an alias or its name."""
    with source.registry() as registry:
        found = models.model_of(source, registry, model)
        if registry is None or found is None:
            raise models.nothing_yet(source)
        shown = find_version(registry, found, version)
        experiment = registry.experiment(shown.experiment_id)
        aliases = registry.aliases(found.id)
    return HTMLResponse(
        page(
            "version.html",
            session=None if model else session,
            aliases=aliases,
            title=f"Version {shown.number}",
            source=source,
            model=found,
            version=shown,
            experiment=experiment,
            certificate=models.certificate_of(experiment),
        )
    )


@router.get("/experiments")
def experiments(
    source: Asked,
    number: Annotated[Number, Query(alias="page")] = 1,
    sort: Words = "",
    where: Words = "",
    column: Many = [],  # noqa: B006, FastAPI copies it
) -> HTMLResponse:
    """Return the experiments as a table with chosen columns."""
    with source.registry() as registry:
        found = models.model_of(source, registry, "")
        listed = models.kept_experiments(source, registry, found, sort, where.split()) if registry and found else []
    columns = models.columns_of(listed, column)
    return HTMLResponse(
        page(
            "experiments.html",
            title="Experiments",
            source=source,
            part=part_of(listed, number),
            columns=columns,
            chosen=column,
            choices=models.choices(listed),
            sort=sort,
            where=where,
            value_of=value_of,
        )
    )


@router.get("/experiments/{name}")
def experiment(source: Asked, name: str) -> HTMLResponse:
    """Return one experiment."""
    with source.registry() as registry:
        found = models.model_of(source, registry, "")
        if registry is None or found is None:
            raise models.nothing_yet(source)
        shown = find_experiment(registry, found, name)
    values = {"source": source, "experiment": shown, "settings": models.flat(shown)}
    return HTMLResponse(page("experiment.html", title=f"Experiment {shown.name}", **values))


@router.get("/compare")
def compare(source: Asked, e: Many = []) -> HTMLResponse:  # noqa: B006
    """Return what differs between 2 to 10 experiments."""
    with source.registry() as registry:
        found = models.model_of(source, registry, "")
        if registry is None or found is None:
            raise models.nothing_yet(source)
        chosen = models.chosen_experiments(registry, found, e)
    values = {"source": source, "chosen": chosen, "parts_of": models.compared(chosen)}
    return HTMLResponse(page("compare.html", title="Comparison of experiments", **values))
