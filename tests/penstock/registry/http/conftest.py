"""A client of the HTTP API over a registry in each database, with tokens."""

import pytest

from penstock.registry.documents import TokenBody
from penstock.registry.http.app import create_app
from tests.registry_server import serving


@pytest.fixture
def token(registry):
    """Make a token with scopes, and return the header that carries it."""

    def made(*scopes, name="ann", days=None):
        _, text = registry.create_token(TokenBody(name=name, scopes=scopes, days=days))
        return {"Authorization": f"Bearer {text}"}

    return made


@pytest.fixture
def http(registry):
    with serving(create_app(registry)) as client:
        yield client
