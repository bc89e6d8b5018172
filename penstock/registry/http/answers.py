"""The answers to refused requests: one shape for all of them."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from penstock.core.errors import PenstockError, StoreError
from penstock.core.text import shorten
from penstock.registry.errors import RegistryError

_NEXT = {404: "see /api/openapi.json for the paths", 405: "see /api/openapi.json for the methods"}


class Failure(BaseModel):
    """An error in four parts, and its kind: the name of the client's exception."""

    kind: str = "Invalid"
    what: str
    expected: str
    received: str
    next_step: str
    details: list[str] = []


class Refusal(BaseModel):
    """The answer to a request that is refused."""

    error: Failure


# What each path may answer, for the OpenAPI document.
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": words}
    for status, words in {
        401: "There is no valid token.",
        403: "The token does not allow this.",
        404: "There is no such row.",
        409: "The row is in another state than the caller expects.",
        408: "The body did not arrive in time.",
        413: "The body is too large.",
        422: "A value is not valid.",
        429: "There are too many requests; Retry-After says how long to wait.",
        431: "There are too many headers.",
        500: "The server failed; its log has the request id.",
        503: "The database does not answer.",
    }.items()
}


def add_handlers(app: FastAPI) -> None:
    """Answer each error of the registry, of a request and of the framework in the one shape."""

    @app.exception_handler(PenstockError)
    def _of_the_registry(_: Request, error: PenstockError) -> JSONResponse:
        status = error.status if isinstance(error, RegistryError) else 503 if isinstance(error, StoreError) else 400
        # Addresses and messages of the database are for its operator, who finds them in the log.
        hidden = isinstance(error, StoreError)
        failure = Failure(
            kind=type(error).__name__,
            what="the registry's database" if hidden else error.what,
            expected=error.expected,
            received="none that answers" if hidden else error.received,
            next_step="repeat the request later" if hidden else error.next_step,
            details=list(error.details),
        )
        return refusal(status, failure, {"WWW-Authenticate": "Bearer"} if status == 401 else None)

    @app.exception_handler(RequestValidationError)
    def _of_a_request(_: Request, error: RequestValidationError) -> JSONResponse:
        details = [_place(each) for each in error.errors()[:20]]
        failure = Failure(
            what="the request", expected="values as in /api/openapi.json", received=details[0], next_step="correct it"
        )
        return refusal(422, failure.model_copy(update={"details": details}))

    @app.exception_handler(HTTPException)
    def _of_the_framework(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 400:  # bytes that are no UTF-8; other bodies that are no JSON are caught above
            return refusal(
                422, Failure(what="the body", expected="JSON in UTF-8", received="another", next_step="correct it")
            )
        failure = Failure(
            kind="UnknownRequest",
            what=f"{request.method} {shorten(request.url.path, 200)}",
            expected="a request that the registry knows",
            received=str(error.detail),
            next_step=_NEXT.get(error.status_code, "correct the request"),
        )
        return refusal(error.status_code, failure, error.headers)


def refusal(status: int, failure: Failure, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the answer for an error."""
    return JSONResponse({"error": failure.model_dump()}, status, headers=dict(headers or {}))


def _place(error: Mapping[str, Any]) -> str:
    """Return where a value is wrong and why, without the value: it may be a secret, or large."""
    place = ".".join(shorten(str(part), 60) for part in error["loc"])
    return shorten(f"{place}: {error['msg']}", 300)
