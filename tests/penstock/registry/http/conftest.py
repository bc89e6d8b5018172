"""A client of the HTTP API over a registry in each database, with tokens."""

import pytest

from penstock.registry.documents import TokenBody


@pytest.fixture
def token(registry):
    """Make a token with scopes, and return the header that carries it."""

    def made(*scopes, name="ann", days=None):
        _, text = registry.create_token(TokenBody(name=name, scopes=scopes, days=days))
        return {"Authorization": f"Bearer {text}"}

    return made


@pytest.fixture
def http(registry, server):
    app, client = server
    app.state.registry = registry
    return client
