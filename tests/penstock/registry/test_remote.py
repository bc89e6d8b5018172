"""The client over HTTP; that it behaves as the one on the database is tested in `store`."""

import inspect
import subprocess
import sys

import pytest

from penstock.core.errors import ConfigError, StoreError
from penstock.registry import Client
from penstock.registry.client import DatabaseClient
from penstock.registry.documents import Page, Project, TokenBody
from penstock.registry.errors import Forbidden, Invalid, NotFound, Unauthorized
from penstock.registry.http.app import create_app
from penstock.registry.lists import Condition
from penstock.registry.remote import HttpClient
from tests.penstock.registry.test_transport import JSON, answering
from tests.registry_rows import body
from tests.registry_server import serving


@pytest.fixture
def place():
    return "sqlite"


def test_both_clients_have_the_same_methods():
    def methods(client):
        found = inspect.getmembers(client, inspect.isfunction)
        return {name: inspect.signature(each) for name, each in found if not name.startswith("_")}

    over_http, on_database = methods(HttpClient), methods(DatabaseClient)
    assert over_http.pop("acting_as").parameters == on_database.pop("acting_as").parameters
    assert over_http == on_database


@pytest.mark.slow
def test_token_decides_what_a_client_may(registry):
    _, reader = registry.create_token(TokenBody(name="reader", scopes=("read",)))
    with serving(create_app(registry, open_to_readers=False)) as http:
        url = str(http.base_url)
        with Client(url, reader) as client:
            client.ping()
            assert client.projects().items == ()
            with pytest.raises(Forbidden, match="^the token of reader: expected a token with the scope write"):
                client.create_project("taxi")
        for wrong in (None, "penstock_wrong"):
            with Client(url, wrong) as client, pytest.raises(Unauthorized):
                client.projects()


@pytest.mark.slow
def test_server_whose_database_does_not_answer_is_one_sentence(registry, monkeypatch):
    monkeypatch.setattr("penstock.registry.transport.PAUSES", ())
    with serving(create_app(registry)) as http, Client(str(http.base_url)) as client:
        registry.database.close()
        registry.database.file.write_text("no database")
        with pytest.raises(StoreError, match=r"^registry http://.*: the registry's database: .* \(503\); repeat"):
            client.projects()


@pytest.mark.slow
def test_answer_with_other_fields_is_one_sentence():
    words = "received an answer with other fields; use the same release for both, or correct registry.uri"
    with answering((200, JSON, b'{"id": 1}')) as (url, _), pytest.raises(StoreError, match=words):
        Client(url).project(1)


@pytest.mark.slow
def test_fields_of_a_newer_server_are_ignored():
    project = b'{"id": 1, "name": "taxi", "created": "2026-01-01T00:00:00Z", "colour": "red"}'
    with answering((200, JSON, project), (200, JSON, b'{"items": [' + project + b'], "total": 1}')) as (url, _):
        assert Client(url).project(1).name == "taxi"
        assert [each.name for each in Client(url).projects().items] == ["taxi"]


def test_state_that_only_a_newer_server_knows_is_one_sentence(registry, model):
    recorded = registry.record_experiment(body(model.id)).model_dump_json().replace('"pushed"', '"postponed"')
    words = "use the same release for both"
    with answering((200, JSON, recorded.encode())) as (url, _), pytest.raises(StoreError, match=words):
        Client(url).experiment(1)


@pytest.mark.slow
def test_request_of_a_newer_client_that_the_server_does_not_know_is_one_sentence(registry):
    """What a newer client sends in addition: a parameter, a field of a body, a path."""
    _, token = registry.create_token(TokenBody(name="bot", scopes=("admin",)))
    newer = {"content": b'{"name": "a", "newer": 1}', "headers": JSON}
    with serving(create_app(registry)) as http, Client(str(http.base_url), token) as client:
        for ask, unknown in (
            (lambda: client._get(Page[Project], "api/projects/all", params={"newer": "1"}), "'newer'"),
            (lambda: client._send(Project, "POST", "api/projects", **newer), "body.newer"),
        ):
            with pytest.raises(StoreError) as refused:
                ask()
            assert str(refused.value).endswith(
                f"expected a Penstock registry of this release, received an older one, which does not know {unknown}; "
                "update the server, or correct registry.uri."
            )
        with pytest.raises(StoreError, match="does not know this request; update the server"):
            client._get(Project, "api/newer")
        assert registry.projects().items == ()


@pytest.mark.slow
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'"taxi"', b'{"items": null}', b"\xff", b"[" * 100_000])
def test_answer_that_is_no_document_is_one_sentence(body):
    with answering((200, JSON, body)) as (url, _), pytest.raises(StoreError, match="correct registry.uri"):
        Client(url).projects()


@pytest.mark.parametrize("name", ["..", "a/b", "a?b", "a#b", "", "\0", "\ud800", "taxi\n", "' OR 1=1 --"])
def test_name_that_no_row_can_have_is_not_asked_for(name):
    client = Client("http://127.0.0.1:9")
    for ask in (client.project, client.revoke_token, lambda name: client.model_named(name, name)):
        with pytest.raises(NotFound):
            ask(name)


def test_condition_that_is_another_one_as_a_text_is_refused():
    with pytest.raises(Invalid, match="expected a name without any of = ! < >"):
        Client("http://127.0.0.1:9").experiments(conditions=[Condition("setting", "a=b", "=", "c")])


def test_actor_over_http_is_the_owner_of_the_token():
    with pytest.raises(ConfigError, match="^the actor: expected the owner of the token"):
        Client("http://127.0.0.1:9").acting_as("bob")


@pytest.mark.slow
def test_package_is_imported_without_its_libraries():
    program = """if 1:
        import sys
        import penstock.registry
        heavy = {"sqlalchemy", "httpx", "pydantic", "fastapi"}
        assert not heavy & set(sys.modules)
        import penstock.registry.remote
        assert not {"sqlalchemy", "fastapi"} & set(sys.modules)
    """
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
