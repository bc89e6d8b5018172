"""Registries in both databases, each empty, and rows for them."""

import itertools
from dataclasses import replace

import pytest

from penstock.registry.client import DatabaseClient

_numbers = itertools.count(1)


# A server takes its time; the fast tests have the file.
PLACES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]


@pytest.fixture(params=PLACES)
def place(request):
    """Where the registry is."""
    return request.param


@pytest.fixture
def uri(place, request, tmp_path):
    """The URL of an empty database."""
    if place != "postgresql":
        return f"sqlite:///{tmp_path}/state/registry.sqlite"
    server = request.getfixturevalue("postgresql")
    name = f"registry_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name}")
    return replace(server, database=name).url


@pytest.fixture
def registry(uri):
    with DatabaseClient(uri, actor="ann") as opened:
        yield opened


@pytest.fixture
def model(registry):
    project = registry.create_project("taxi")
    return registry.create_model(project.id, "tips")
