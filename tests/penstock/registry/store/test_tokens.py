from datetime import timedelta

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from penstock.registry.client import DatabaseClient
from penstock.registry.database import engine
from penstock.registry.documents import TokenBody
from penstock.registry.errors import Conflict, NotFound, Unauthorized


def test_token_is_stored_as_its_hash_only(registry, uri):
    made, text = registry.create_token(TokenBody(name="bot", scopes=("read", "write")))
    assert registry.token(text) == made
    with DatabaseClient(uri) as client, client.database.reading() as connection:
        rows = connection.execute(sa.text("SELECT * FROM tokens")).all()
        events = connection.execute(sa.text("SELECT * FROM events")).all()
    assert text not in f"{rows}{events}"
    assert registry.faults() == []


def test_name_of_a_token_is_used_once(registry):
    registry.create_token(TokenBody(name="bot", scopes=("read",)))
    registry.revoke_token("bot")
    with pytest.raises(Conflict, match="^token 'bot': expected a name that no token has"):
        registry.create_token(TokenBody(name="bot", scopes=("read",)))


def test_revoked_token_is_refused_and_stays_in_the_list_of_archived_ones(registry):
    from penstock.registry.store.rows import Slice

    _, text = registry.create_token(TokenBody(name="bot", scopes=("read",)))
    revoked = registry.revoke_token("bot")
    assert registry.revoke_token("bot") == revoked
    with pytest.raises(Unauthorized):
        registry.token(text)
    assert revoked not in registry.tokens().items
    assert revoked in registry.tokens(Slice(archived=True)).items
    with pytest.raises(NotFound):
        registry.revoke_token("nobody")


@pytest.mark.parametrize("text", ["", "penstock_", "x" * 100_000, "\0", "\ud800", "' OR 1=1"])
def test_text_that_is_no_token_is_refused(registry, text):
    with pytest.raises(Unauthorized):
        registry.token(text)


@pytest.mark.parametrize("given", [{"scopes": ()}, {"scopes": ("all",)}, {"days": 0}, {"days": float("nan")}])
def test_body_of_a_token_is_checked(given):
    with pytest.raises(ValidationError):
        TokenBody(**{"name": "bot", "scopes": ("read",), **given})


def test_token_ends_at_its_expiry_and_not_a_moment_later(registry, place, monkeypatch, uri):
    token, text = registry.create_token(TokenBody(name="bob", scopes=("read",), days=1))
    name = "postgresql" if place == "postgresql" else "sqlite"
    kind = "timestamptz" if name == "postgresql" else "text"
    for microseconds, valid in ((-1, True), (0, False), (1, False)):
        time = (token.expires + timedelta(microseconds=microseconds)).isoformat()
        with monkeypatch.context() as then, DatabaseClient(uri) as database:
            then.setitem(engine._NOW, name, sa.text(f"SELECT CAST('{time}' AS {kind})"))
            if valid:
                assert database.token(text) == token
            else:
                with pytest.raises(Unauthorized):
                    database.token(text)
