"""The application: its pages, its errors and its files."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from penstock.core.errors import ConfigError, PenstockError, StoreError
from penstock.dashboard.jobs import Busy
from penstock.dashboard.rendering import link, page, static_file
from penstock.dashboard.routes import actions, data, lineage, models, runs, search, traffic
from penstock.dashboard.security import Guard
from penstock.dashboard.sessions import Sessions
from penstock.dashboard.sources import NoPage, Sources
from penstock.registry.errors import RegistryError

_FILES = {
    "dashboard.css": "text/css",
    "report.css": "text/css",
    "live.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_NO_ANSWER = 503


def create_app(sources: Sources, hosts: tuple[str, ...] = ()) -> FastAPI:
    """Return the application of a dashboard.

    Args:
        sources: The pipelines that it shows.
        hosts: The names under which it is reached, in addition to those of loopback; `*` for any.
    """
    app = FastAPI(title="Penstock dashboard", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.sources = sources
    app.state.sessions = Sessions()
    app.add_middleware(Guard, hosts=hosts)
    for each in (actions, runs, data, models, lineage, traffic, search):
        app.include_router(each.router)
    _add_own_paths(app, sources)
    _add_handlers(app)
    return app


def _add_own_paths(app: FastAPI, sources: Sources) -> None:
    @app.get("/")
    def start() -> Response:
        """Show the pipelines; the only one at once."""
        if len(sources.by_key) == 1:
            return RedirectResponse(link("p", next(iter(sources.by_key)), "runs"))
        return HTMLResponse(page("start.html", title="Pipelines", source=None, sources=sources.by_key.values()))

    @app.get("/health")
    def health() -> dict[str, str]:
        """Say that the process answers."""
        return {"state": "ok"}

    @app.get("/static/{name}")
    def file(name: str) -> Response:
        """Return a file of the pages."""
        if name not in _FILES:
            raise HTTPException(404)
        lasting = {"Cache-Control": "public, max-age=31536000, immutable"}
        return FileResponse(static_file(name), media_type=_FILES[name], headers=lasting)


def _add_handlers(app: FastAPI) -> None:
    @app.exception_handler(PenstockError)
    def _of_penstock(_: Request, error: PenstockError) -> HTMLResponse:
        return _error_page(_status(error), error)

    @app.exception_handler(RequestValidationError)
    def _of_a_query(_: Request, error: RequestValidationError) -> HTMLResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:])
        fault = NoPage(f"{place} in the address", "a valid value", str(first["msg"]), "correct it")
        return _error_page(422, fault)

    @app.exception_handler(HTTPException)
    def _of_the_framework(_: Request, error: HTTPException) -> HTMLResponse:
        words = HTTPStatus(error.status_code).phrase
        fault = NoPage("this address", "one of a page", words.lower(), "go to the start page")
        return _error_page(error.status_code, fault)


def _status(error: PenstockError) -> int:
    if isinstance(error, StoreError):
        return _NO_ANSWER
    if isinstance(error, RegistryError):
        return error.status
    if isinstance(error, Busy):
        return HTTPStatus.CONFLICT
    return 404 if isinstance(error, NoPage | ConfigError) else 500


def _error_page(status: int, error: PenstockError) -> HTMLResponse:
    title = "Not found" if status == HTTPStatus.NOT_FOUND else "This cannot be shown"
    return HTMLResponse(page("error.html", title=title, source=None, error=error), status)
