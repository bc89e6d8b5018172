"""The application: paths, errors, request ids, and the limit of bodies."""

import uuid
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from penstock.registry.client import DatabaseClient
from penstock.registry.http import answers
from penstock.registry.http.routes import experiments, projects, tokens, versions

LARGEST_BODY = 8_000_000
_REQUEST_ID = "X-Request-ID"

Next = Callable[[Request], Awaitable[Response]]


def create_app(registry: DatabaseClient, *, open_to_readers: bool = True) -> FastAPI:
    """Return the application of a registry.

    Args:
        registry: The registry; whoever opened it closes it.
        open_to_readers: Whether reads need no token.
    """
    app = FastAPI(
        title="Penstock registry",
        version="1",
        description="Projects, models, experiments, versions, aliases and the events that changed them.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.registry = registry
    app.state.open_to_readers = open_to_readers
    answers.add_handlers(app)
    for router in (projects.router, experiments.router, versions.router, tokens.router):
        app.include_router(router, prefix="/api", responses=answers.REFUSALS)
    app.middleware("http")(_limited)

    @app.get("/health", tags=["server"])
    def health() -> dict[str, str]:
        """Say that the process answers."""
        return {"state": "ok"}

    @app.get("/ready", tags=["server"], responses={503: answers.REFUSALS[503]})
    def ready() -> dict[str, str]:
        """Say that the database answers."""
        registry.ping()
        return {"state": "ok"}

    return app


async def _limited(request: Request, call_next: Next) -> Response:
    """Refuse a body that is too large before it is read whole, and give each answer an id."""
    id = uuid.uuid4().hex
    length = request.headers.get("content-length", "0")
    declared = int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else LARGEST_BODY + 1
    chunked = "chunked" in request.headers.get("transfer-encoding", "")
    if declared > LARGEST_BODY or (chunked and await _is_larger(request)):
        failure = answers.Failure(
            what="the body",
            expected=f"at most {LARGEST_BODY:,} bytes",
            received="more",
            next_step="leave out what the registry does not need",
        )
        response: Response = answers.refusal(413, failure)
        response.headers["Connection"] = "close"
    else:
        response = await call_next(request)
    response.headers[_REQUEST_ID] = id
    return response


async def _is_larger(request: Request) -> bool:
    size = 0
    body = []
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            return True
        body.append(chunk)
    request._body = b"".join(body)  # the framework reads it from here
    return False
