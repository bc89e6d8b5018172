"""Tokens of the HTTP API: shown once, stored as their SHA-256, limited by scopes and an expiry."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from penstock.registry.database.statements import Statement
from penstock.registry.database.transaction import Transaction
from penstock.registry.documents import Page, Token, TokenBody, page_of
from penstock.registry.errors import Conflict, NotFound, Unauthorized, quoted
from penstock.registry.lists import Slice
from penstock.registry.store.writer import Writer

# So that a token in a log or a repository is recognised.
PREFIX = "penstock_"
_TOKENS = Statement("SELECT tokens.* FROM tokens WHERE 1 = 1")


def create_token(writer: Writer, body: TokenBody) -> tuple[Token, str]:
    """Make a token; return its record, and the token itself, which is stored nowhere.

    Raises:
        Conflict: There is a token of this name, or there was one.
    """
    if writer.connection.one(_TOKENS.equal(name=body.name)):
        raise Conflict(f"token {body.name!r}", "a name that no token has", "one that is used", "choose another name")
    time, text = writer.connection.now(), PREFIX + secrets.token_urlsafe(32)
    expires = None if body.days is None else time + timedelta(days=body.days)
    scopes = sorted(set(body.scopes))
    values: dict[str, Any] = {"name": body.name, "scopes": scopes, "description": body.description, "expires": expires}
    writer.connection.insert("tokens", **values, hash=_hash(text), created=time)
    made = _by_name(writer.connection, body.name)
    writer.record("token made", {"token": made.id}, name=body.name, scopes=scopes)
    return made, text


def revoke_token(writer: Writer, name: str) -> Token:
    """Revoke a token: it is refused from now on.

    Raises:
        NotFound: There is no token of this name.
    """
    found = _by_name(writer.connection, name)
    if found.archived is None:
        time = writer.record("token revoked", {"token": found.id}, name=name)
        writer.connection.update("tokens", {"archived": time}, id=found.id)
    return _by_name(writer.connection, name)


def tokens(connection: Transaction, part: Slice) -> Page[Token]:
    """Return a part of the list of tokens, without their hashes."""
    rows = connection.all(_TOKENS.active("tokens", part).part("tokens", part))
    return page_of([Token.model_validate(row) for row in rows], part.limit)


def token(connection: Transaction, text: str) -> Token:
    """Return the record of a token that is valid now.

    Raises:
        Unauthorized: There is no such token, it is revoked, or it has expired; the answer is the same for all three.
    """
    digest = _hash(text)
    row = connection.one(_TOKENS.equal(hash=digest))
    # The database compares the hash, whose bytes nobody can choose; this comparison takes the same time for any token.
    if row is None or not hmac.compare_digest(row["hash"], digest) or not _is_valid(row, connection.now()):
        raise Unauthorized("the token", "a valid one", "one that is not", "ask its administrator for one")
    return Token.model_validate(row)


def _is_valid(row: dict[str, Any], time: datetime) -> bool:
    return row["archived"] is None and (row["expires"] is None or time < row["expires"])


def _hash(text: str) -> str:
    """Return the SHA-256 of a token; its 256 random bits need neither salt nor a slow hash."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _by_name(connection: Transaction, name: str) -> Token:
    row = connection.one(_TOKENS.equal(name=name))
    if row is None:
        raise NotFound(f"token {quoted(name)}", "a token of the registry", "none", "look at the list of tokens")
    return Token.model_validate(row)
