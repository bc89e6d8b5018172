"""The registry for somebody who is signed in: what the token does not allow is refused each time."""

from collections.abc import Iterator
from contextlib import contextmanager

from penstock.dashboard.sessions import Session
from penstock.dashboard.sources import Source
from penstock.registry.documents import Scope, Token
from penstock.registry.errors import Forbidden, Unauthorized
from penstock.registry.existing import NothingYet, open_existing
from penstock.registry.opening import Registry, connect


def owner_of(source: Source, text: str) -> Token:
    """Return the record of a token that is valid now.

    Raises:
        Unauthorized: The registry of the pipeline knows no such token.
        StoreError: The registry cannot be opened.
    """
    with _opened(source, text) as registry:
        return registry.token(text)


@contextmanager
def acting(source: Source, session: Session, scope: Scope) -> Iterator[Registry]:
    """Yield the registry, changed in the name of the session's token.

    Raises:
        Unauthorized: The token was revoked, or has expired.
        Forbidden: The token does not allow this.
    """
    with _opened(source, session.text) as registry:
        owner = registry.token(session.text)
        check_scope(owner, scope)
        yield registry if _is_server(source) else registry.acting_as(owner.name)


def check_scope(owner: Token, scope: Scope) -> None:
    """Refuse a token that does not allow something.

    Raises:
        Forbidden: It does not.
    """
    if not owner.allows(scope):
        received = f"one for {', '.join(owner.scopes)}"
        raise Forbidden(f"the token of {owner.name}", f"a token with the scope {scope}", received, "ask for one")


@contextmanager
def _opened(source: Source, text: str) -> Iterator[Registry]:
    if _is_server(source):
        opened = connect(source.config.registry_uri, text)
    else:
        try:
            opened = open_existing(source.config)
        except NothingYet:
            raise Unauthorized("the token", "one of the registry", "no registry yet", "write `penstock run`") from None
    with opened as registry:
        yield registry


def _is_server(source: Source) -> bool:
    return source.config.registry_uri.startswith(("http://", "https://"))
