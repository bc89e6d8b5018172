"""The application: paths, errors, and the gate that each request passes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio.to_thread
from fastapi import Depends, FastAPI, Response
from fastapi.responses import HTMLResponse

from penstock.registry.client import DatabaseClient
from penstock.registry.http import answers
from penstock.registry.http.access import Reader
from penstock.registry.http.bounds import Limits
from penstock.registry.http.gate import Gate
from penstock.registry.http.metrics import CONTENT_TYPE, Metrics
from penstock.registry.http.page import POLICY, document_page
from penstock.registry.http.parameters import refuse_unknown
from penstock.registry.http.routes import experiments, projects, tokens, versions

# As many as SQLAlchemy's pool has connections, so that no request waits for one in vain.
_THREADS = 15


def create_app(
    registry: DatabaseClient,
    *,
    open_to_readers: bool = True,
    limits: Limits = Limits(),  # noqa: B008
    metrics_folder: Path | None = None,
) -> FastAPI:
    """Return the application of a registry.

    Args:
        registry: The registry; whoever opened it closes it.
        open_to_readers: Whether reads need no token.
        limits: What a request may cost.
        metrics_folder: Where the worker processes keep their metrics; None if there is one process.
    """
    app = FastAPI(
        title="Penstock registry",
        version="1",
        description="Projects, models, experiments, versions, aliases and the events that changed them.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_with_threads,
    )
    app.state.registry = registry
    app.state.open_to_readers = open_to_readers
    answers.add_handlers(app)
    for router in (projects.router, experiments.router, versions.router, tokens.router):
        app.include_router(router, prefix="/api", responses=answers.REFUSALS, dependencies=[Depends(refuse_unknown)])
    metrics = Metrics(metrics_folder)
    app.add_middleware(Gate, limits=limits, metrics=metrics)
    _add_own_paths(app, metrics)
    return app


def _add_own_paths(app: FastAPI, metrics: Metrics) -> None:
    """Add the paths of the server itself."""

    @app.get("/health", tags=["server"])
    def health() -> dict[str, str]:
        """Say that the process answers."""
        return {"state": "ok"}

    @app.get("/ready", tags=["server"], responses={503: answers.REFUSALS[503]})
    def ready() -> dict[str, str]:
        """Say that the database answers."""
        app.state.registry.ping()
        return {"state": "ok"}

    @app.get("/metrics", include_in_schema=False)
    def show_metrics(_: Reader) -> Response:
        """Return the metrics for Prometheus."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    @app.get("/docs", include_in_schema=False)
    def show_page() -> HTMLResponse:
        """Return the documentation of the paths."""
        return HTMLResponse(document_page(app.openapi()), headers={"Content-Security-Policy": POLICY})


@asynccontextmanager
async def _with_threads(_: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
    yield
