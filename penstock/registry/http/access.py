"""Who may do what: the registry of a request, for the owner of its token."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from penstock.registry.client import DatabaseClient
from penstock.registry.documents import Scope, Token
from penstock.registry.errors import Forbidden, Unauthorized

_bearer = HTTPBearer(auto_error=False, description="A token of the registry.")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def owner(request: Request, credentials: _Credentials) -> Token:
    """Return the record of the request's token.

    Raises:
        Unauthorized: The request has no valid token.
    """
    if credentials is None:
        raise Unauthorized("the request", "a token", "none", "send `Authorization: Bearer TOKEN`")
    opened: DatabaseClient = request.app.state.registry
    token = opened.token(credentials.credentials)
    request.state.actor = token.name
    return token


def allowed(scope: Scope) -> Callable[..., DatabaseClient]:
    """Return the dependency that yields the registry if the request's token has a scope."""

    def registry(request: Request, credentials: _Credentials) -> DatabaseClient:
        opened: DatabaseClient = request.app.state.registry
        is_open = scope == "read" and request.app.state.open_to_readers
        if credentials is None and is_open:
            return opened.acting_as("anybody")
        token = owner(request, credentials)
        # What anybody may read, the owner of any token may.
        if not (is_open or token.allows(scope)):
            received = f"one for {', '.join(token.scopes)}"
            raise Forbidden(f"the token of {token.name}", f"a token with the scope {scope}", received, "ask for one")
        return opened.acting_as(token.name)

    return registry


Reader = Annotated[DatabaseClient, Depends(allowed("read"))]
Recorder = Annotated[DatabaseClient, Depends(allowed("write"))]
Promoter = Annotated[DatabaseClient, Depends(allowed("promote"))]
Administrator = Annotated[DatabaseClient, Depends(allowed("admin"))]
