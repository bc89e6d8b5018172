"""The page of the traffic."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from penstock.dashboard.pages import traffic
from penstock.dashboard.rendering import page
from penstock.dashboard.routes.asked import Asked
from penstock.dashboard.routes.forms import SignedIn

router = APIRouter(prefix="/p/{pipeline}")


@router.get("/traffic")
def overview(source: Asked, session: SignedIn) -> HTMLResponse:
    """Return what the server counts of its requests, and what the log of them has."""
    measured, fault = traffic.metrics(source)
    log, pushed = traffic.log(source), traffic.pushed_versions(source)
    return HTMLResponse(
        page(
            "traffic.html",
            title="Traffic",
            source=source,
            session=session,
            address=source.config.dashboard.metrics,
            served=traffic.served_name(source),
            measured=measured,
            fault=fault,
            log=log,
            versions=traffic.logged_versions(source, log, pushed),
            milliseconds=traffic.milliseconds,
            duel_drawing=traffic.duel_drawing,
            pushed=set(map(str, pushed)),
            job=source.drift.last(),
        )
    )
