"""Registries in both databases, and in one behind a server: the tests of the store are the contract of both clients."""

from contextlib import contextmanager

import pytest

from penstock.registry.client import DatabaseClient
from penstock.registry.database.engine import now
from penstock.registry.database.sql import SqlTransaction
from penstock.registry.light.client import LightClient
from penstock.registry.light.rows import open_rows
from penstock.registry.remote import HttpClient
from penstock.registry.store import tokens


@pytest.fixture(
    params=["sqlite", "light", *(pytest.param(name, marks=pytest.mark.slow) for name in ("postgresql", "http"))]
)
def place(request):
    """Where the registry is."""
    return request.param


@pytest.fixture
def registry(place, migrated_uri, request):
    with DatabaseClient(migrated_uri, actor="ann") as database:
        if place == "light":
            with light(database, "ann") as client:
                yield client
            return
        if place != "http":
            yield database
            return
        app, http = request.getfixturevalue("server")
        app.state.registry = database
        with HttpClient(str(http.base_url), _token(database)) as client:
            yield client


@pytest.fixture
def another(place, uri):
    """Open the registry a second time, for an actor: the file without SQLAlchemy where that is what is tested."""

    @contextmanager
    def another(actor):
        with DatabaseClient(uri, actor=actor) as database:
            if place != "light":
                yield database
                return
            with light(database, actor) as client:
                yield client

    return another


def light(database, actor):
    """Return the client without SQLAlchemy of a file."""
    return LightClient(open_rows(database.database.file), lambda: database, actor)


def _token(database):
    """Make a token of ann without the event that tests of events do not expect."""
    text = f"{tokens.PREFIX}of-the-tests"
    with database.database.writing() as connection:
        values = {"name": "ann", "scopes": ["admin"], "hash": tokens._hash(text), "created": now(connection)}
        SqlTransaction(connection).insert("tokens", **values)
    return text
