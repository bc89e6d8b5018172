"""What changes something: it needs a token of the registry with the scope for it."""

import re
from typing import TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from penstock.config.loading import with_registry_token
from penstock.dashboard.acting import acting, check_scope, owner_of
from penstock.dashboard.pages import models
from penstock.dashboard.pages.traffic import served_name
from penstock.dashboard.rendering import link, page
from penstock.dashboard.routes.asked import Asked
from penstock.dashboard.routes.forms import Fields, Sender, SignedIn
from penstock.dashboard.sessions import COOKIE, LASTS_SECONDS, Sessions
from penstock.registry.documents import AliasMove, Rollback
from penstock.registry.errors import Invalid
from penstock.registry.naming import check_alias

router = APIRouter(prefix="/p/{pipeline}")
_SEE_OTHER = 303
_DIGEST = re.compile("[0-9a-f]{16}")
Valid = TypeVar("Valid", AliasMove, Rollback)


@router.get("/session")
def session_page(source: Asked, session: SignedIn) -> HTMLResponse:
    """Return the page to sign in or out."""
    return HTMLResponse(page("session.html", title="Sign in", source=source, session=session))


@router.post("/session")
def sign_in(request: Request, source: Asked, fields: Fields) -> Response:
    """Begin a session for the owner of a token."""
    text = fields.get("token", "").strip()
    sessions: Sessions = request.app.state.sessions
    session = sessions.begin(source.key, text, owner_of(source, text))
    answer = RedirectResponse(link("p", source.key, "session"), _SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        session.id,
        max_age=LASTS_SECONDS,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/session/end")
def sign_out(request: Request, source: Asked, session: Sender) -> Response:
    """End a session."""
    request.app.state.sessions.end(session.id)
    answer = RedirectResponse(link("p", source.key, "session"), _SEE_OTHER)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


@router.post("/models/{number}/promote")
def promote(source: Asked, number: int, session: Sender, fields: Fields) -> Response:
    """Point an alias to a version, if it still points to the version that the page showed."""
    alias = check_alias(fields.get("alias", ""))
    with acting(source, session, "promote") as registry:
        model = source.model(registry)
        if model is None:
            raise models.nothing_yet(source)
        move = _validated(AliasMove, {"version": number, "why": _why(fields), "expect": _expected(fields, alias)})
        registry.move_alias(model.id, alias, move)
    return RedirectResponse(link("p", source.key, "models"), _SEE_OTHER)


@router.post("/aliases/{alias}/rollback")
def rollback(source: Asked, alias: str, session: Sender, fields: Fields) -> Response:
    """Point an alias to the version before its last move, if it still points to the version that the page showed."""
    with acting(source, session, "promote") as registry:
        model = source.model(registry)
        if model is None:
            raise models.nothing_yet(source)
        wanted = _validated(Rollback, {"why": _why(fields), "expect": fields.get("expect")})
        registry.rollback(model.id, check_alias(alias), wanted.why, wanted.expect)
    return RedirectResponse(link("p", source.key, "models"), _SEE_OTHER)


@router.post("/jobs/{name}")
def start(source: Asked, name: str, session: Sender) -> Response:
    """Start a run, or continue the last one."""
    check_scope(owner_of(source, session.text), "write")
    source.jobs.start(name)
    return RedirectResponse(link("p", source.key, "runs"), _SEE_OTHER)


@router.post("/schema/diff")
def compare_rows(source: Asked, session: Sender) -> Response:
    """Start the comparison of the rows with the schema."""
    check_scope(owner_of(source, session.text), "write")
    source.review.start("schema diff")
    return RedirectResponse(link("p", source.key, "schema"), _SEE_OTHER)


@router.post("/schema/accept")
def accept(source: Asked, session: Sender, fields: Fields) -> Response:
    """Start the acceptance of a column's changes, or of all, if they are those that the page showed."""
    check_scope(owner_of(source, session.text), "write")
    expect = fields.get("expect", "")
    if not _DIGEST.fullmatch(expect):
        raise Invalid("the changes", "the digest of those that the page showed", "another text", "load the page again")
    if ("all" in fields) == ("column" in fields):
        raise Invalid("the changes", "a column, or all", "both or neither", "load the page again")
    # After the two hyphens no name of a column is an option.
    chosen = ["--all"] if "all" in fields else ["--", fields["column"]]
    # The command records the acceptance in the registry, in the name of the token.
    environment = with_registry_token(session.text)
    source.review.start("schema accept", "--expect", expect, *chosen, environment=environment)
    return RedirectResponse(link("p", source.key, "schema"), _SEE_OTHER)


@router.post("/traffic/drift")
def drift(source: Asked, session: Sender) -> Response:
    """Start the comparison of the log of requests with the training data."""
    check_scope(owner_of(source, session.text), "write")
    folder = str(source.config.path(source.config.dashboard.requests))
    source.drift.start("drift", "--log", folder, "--model", served_name(source))
    return RedirectResponse(link("p", source.key, "traffic"), _SEE_OTHER)


def _expected(fields: Fields, alias: str) -> str | None:
    """Return the version on which the page showed an alias: 0 for an alias that it did not show, as there was none."""
    return fields.get(f"on-{alias}", "0") if "aliases" in fields else None


def _why(fields: Fields) -> str:
    why = fields.get("why", "").strip()
    if not why:
        raise Invalid("the reason", "why it is done, for the events", "none", "write it")
    return why


def _validated(kind: type[Valid], values: dict[str, object]) -> Valid:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise Invalid(place, "a valid value", str(first["msg"]), "load the page again") from None
