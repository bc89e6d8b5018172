"""What the forms of the pages send, and who sends it."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from penstock.dashboard.routes.asked import Asked
from penstock.dashboard.sessions import COOKIE, Session, Sessions
from penstock.registry.errors import Forbidden, Invalid, Unauthorized

_LARGEST, _MOST_FIELDS = 65_536, 20
_TYPE = "application/x-www-form-urlencoded"


def session_of(request: Request, source: Asked) -> Session | None:
    """Return the session of a request for its pipeline; None if nobody is signed in."""
    sessions: Sessions = request.app.state.sessions
    return sessions.find(request.cookies.get(COOKIE, ""), source.key)


SignedIn = Annotated[Session | None, Depends(session_of)]


async def fields_of(request: Request) -> dict[str, str]:
    """Return the fields of a form.

    Raises:
        Forbidden: A page of another site sent it.
        Invalid: It is no form, or too large.
    """
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        raise Forbidden("the form", "one of this dashboard", "one of another site", "open the page here")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise Invalid("the form", _TYPE, "another type", "use the page")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise Invalid("the form", f"at most {_LARGEST:,} bytes", "more", "write less")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise Invalid("the form", "fields in UTF-8, at most 20", "others", "use the page") from None


Fields = Annotated[Mapping[str, str], Depends(fields_of)]


def sender_of(session: SignedIn, fields: Fields) -> Session:
    """Return the session that sent a form from one of its own pages.

    Raises:
        Unauthorized: Nobody is signed in.
        Forbidden: The form is not one of the session's pages.
    """
    if session is None:
        raise Unauthorized("the action", "somebody who is signed in", "nobody", "sign in with a token")
    if not session.made(fields.get("form", "")):
        raise Forbidden("the form", "one of a page of this session", "another", "load the page again")
    return session


Sender = Annotated[Session, Depends(sender_of)]
