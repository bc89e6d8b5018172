"""Tokens of the HTTP API: shown once, stored as their SHA-256, limited by scopes and an expiry."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from penstock.registry.database import tables
from penstock.registry.database.engine import now
from penstock.registry.documents import Page, Token, TokenBody
from penstock.registry.errors import Conflict, NotFound, Unauthorized
from penstock.registry.store.rows import Slice, Writer, page

# So that a token in a log or a repository is recognised.
PREFIX = "penstock_"
_ROW = tables.Token
_TOKENS = sa.select(_ROW.__table__)


def create_token(writer: Writer, body: TokenBody) -> tuple[Token, str]:
    """Make a token; return its record, and the token itself, which is stored nowhere.

    Raises:
        Conflict: There is a token of this name, or there was one.
    """
    if writer.connection.execute(_TOKENS.where(_ROW.name == body.name)).first():
        raise Conflict(f"token {body.name!r}", "a name that no token has", "one that is used", "choose another name")
    time, text = now(writer.connection), PREFIX + secrets.token_urlsafe(32)
    expires = None if body.days is None else time + timedelta(days=body.days)
    scopes = sorted(set(body.scopes))
    values: dict[str, Any] = {"name": body.name, "scopes": scopes, "description": body.description, "expires": expires}
    id = writer.insert(_ROW, **values, hash=_hash(text), created=time)
    writer.record("token made", {"token": id}, name=body.name, scopes=scopes)
    return _by_name(writer.connection, body.name), text


def revoke_token(writer: Writer, name: str) -> Token:
    """Revoke a token: it is refused from now on.

    Raises:
        NotFound: There is no token of this name.
    """
    found = _by_name(writer.connection, name)
    if found.archived is None:
        time = writer.record("token revoked", {"token": found.id}, name=name)
        writer.connection.execute(sa.update(_ROW).where(_ROW.id == found.id).values(archived=time))
    return _by_name(writer.connection, name)


def tokens(connection: sa.Connection, part: Slice) -> Page[Token]:
    """Return a part of the list of tokens, without their hashes."""
    query = _TOKENS if part.archived else _TOKENS.where(_ROW.archived.is_(None))
    return page(connection, query, _ROW.id, part, Token.model_validate)


def token(connection: sa.Connection, text: str) -> Token:
    """Return the record of a token that is valid now.

    Raises:
        Unauthorized: There is no such token, it is revoked, or it has expired; the answer is the same for all three.
    """
    digest = _hash(text)
    row = connection.execute(_TOKENS.where(_ROW.hash == digest)).mappings().one_or_none()
    # The database compares the hash, whose bytes nobody can choose; this comparison takes the same time for any token.
    if row is None or not hmac.compare_digest(row["hash"], digest) or not _is_valid(row, now(connection)):
        raise Unauthorized("the token", "a valid one", "one that is not", "ask its administrator for one")
    return Token.model_validate(row)


def _is_valid(row: sa.RowMapping, time: datetime) -> bool:
    return row["archived"] is None and (row["expires"] is None or time < row["expires"])


def _hash(text: str) -> str:
    """Return the SHA-256 of a token; its 256 random bits need neither salt nor a slow hash."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _by_name(connection: sa.Connection, name: str) -> Token:
    row = connection.execute(_TOKENS.where(_ROW.name == name)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"token {name!r}", "a token of the registry", "none", "look at the list of tokens")
    return Token.model_validate(row)
