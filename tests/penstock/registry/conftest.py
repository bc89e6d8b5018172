"""Registries in both databases, each empty, and rows for them."""

import itertools
import shutil
from pathlib import Path

import pytest

from penstock.registry.client import DatabaseClient
from penstock.registry.http.app import create_app
from penstock.registry.http.bounds import Limits
from tests.registry_server import serving

_numbers = itertools.count(1)


# A server takes its time; the fast tests have the file.
PLACES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]


@pytest.fixture(params=PLACES)
def place(request):
    """Where the registry is."""
    return request.param


@pytest.fixture
def uri(place, request, tmp_path):
    """The URL of an empty database, or of an empty schema of one."""
    if place != "postgresql":
        return f"sqlite:///{tmp_path}/state/registry.sqlite"
    server = request.getfixturevalue("postgresql")
    name = f"registry_{next(_numbers)}"
    # A schema is made in a moment, and ends with the server: a database is 8 MB of files.
    server.execute(f"CREATE SCHEMA {name}")
    return f"{server.url}?options=-csearch_path%3D{name}"


@pytest.fixture(scope="session")
def new_file(tmp_path_factory):
    """The file of a registry without rows: tests of migrations make their own, the others copy this one."""
    file = tmp_path_factory.mktemp("new") / "registry.sqlite"
    DatabaseClient(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def migrated_uri(uri, new_file):
    """The URL of a database with the tables of a registry, or of an empty schema of PostgreSQL."""
    if uri.startswith("sqlite:///"):
        file = Path(uri.removeprefix("sqlite:///"))
        file.parent.mkdir(exist_ok=True)
        shutil.copy(new_file, file)
    return uri


@pytest.fixture
def registry(migrated_uri):
    with DatabaseClient(migrated_uri, actor="ann") as opened:
        yield opened


@pytest.fixture(scope="session")
def server():
    """The application on a server, and its client, for a registry of each test: its document takes long to make."""
    app = create_app(None, limits=Limits(rate=0, refusals=0))
    with serving(app) as client:
        yield app, client


@pytest.fixture
def model(registry):
    project = registry.create_project("taxi")
    return registry.create_model(project.id, "tips")
