"""The registry that a configuration names."""

import pytest

from penstock.registry.client import DatabaseClient
from penstock.registry.documents import TokenBody
from penstock.registry.http.app import create_app
from penstock.registry.opening import open_registry
from tests.metadata_store import configuration
from tests.registry_server import serving


def test_registry_is_a_file_in_the_state_folder_unless_another_is_named(tmp_path):
    with open_registry(configuration(tmp_path), actor="ada") as registry:
        assert registry.create_project("taxi").name == "taxi"
    assert (tmp_path / "state" / "registry.sqlite").is_file()
    with open_registry(configuration(tmp_path, "registry.uri=sqlite:///other/file.sqlite")) as registry:
        assert registry.projects().items == ()
    assert (tmp_path / "other" / "file.sqlite").is_file()


@pytest.mark.slow
def test_registry_behind_a_server_is_opened_with_its_token(tmp_path):
    with DatabaseClient(f"sqlite:///{tmp_path}/registry.sqlite", actor="ada") as database:
        _, token = database.create_token(TokenBody(name="node", scopes=("write",)))
        with serving(create_app(database)) as http:
            config = configuration(
                tmp_path, f"registry.uri={http.base_url}".rstrip("/"), PENSTOCK_REGISTRY__TOKEN=token
            )
            with open_registry(config) as registry:
                registry.create_project("taxi")
        assert [event.actor for event in database.events().items] == ["ada", "node"]
