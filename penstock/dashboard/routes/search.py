"""The search."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from penstock.dashboard.pages.search import hits
from penstock.dashboard.rendering import page
from penstock.dashboard.routes.asked import Asked, Words

router = APIRouter(prefix="/p/{pipeline}")


@router.get("/search")
def search(source: Asked, q: Words = "") -> HTMLResponse:
    """Return the pages that a text names."""
    values = {"source": source, "searched": q, "hits": hits(source, q)}
    return HTMLResponse(page("search.html", title="Search", **values))
