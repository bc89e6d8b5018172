import json

import pytest

from penstock.registry.client import DatabaseClient
from tests.metadata_store import CONFIGURATION
from tests.pipeline.cli.registry_command import command


@pytest.fixture
def penstock(tmp_path):
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION)
    return lambda *words, code=0: command(tmp_path, *words, code=code)


def test_token_is_shown_once_and_is_valid_until_it_is_revoked(penstock, tmp_path):
    text, sentence = penstock("token", "create", "node", "--scope", "write", "--scope", "read").splitlines()
    assert sentence == "It is not shown again. node: read, write; never expires"
    with DatabaseClient(f"sqlite:///{tmp_path}/state/registry.sqlite") as registry:
        assert registry.token(text).name == "node"
    listed = json.loads(penstock("token", "list", "--json"))["tokens"]
    assert [each["name"] for each in listed] == ["node"]
    assert text not in json.dumps(listed)
    assert json.loads(penstock("token", "revoke", "node", "--json"))["revoked"]
    assert penstock("token", "list") == "There are no tokens.\n"
    assert penstock("token", "list", "--all").startswith("node: read, write; revoked ")


def test_token_that_expires_says_when(penstock):
    made = json.loads(penstock("token", "create", "node", "--scope", "admin", "--days", "30", "--json"))
    assert made["token"].startswith("penstock_")
    assert made["expires"] > made["created"]
    assert "node: admin; expires " in penstock("token", "list")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["create", "node", "--scope", "all"], "--scope: expected one of read, write, promote, admin, received 'all'"),
        (["create", "a/b", "--scope", "read"], "the name of the token: expected letters, digits"),
        (["create", "a", "--scope", "read", "--days", "-1"], "--days: expected a number above 0, up to 36500"),
        (["create", "a", "--scope", "read", "--about", "x" * 4001], "--about: expected a text of up to 4000"),
        (["revoke", "nobody"], "token 'nobody': expected a token of the registry, received none"),
    ],
)
def test_refused_token_is_one_sentence(penstock, words, message):
    penstock("token", "create", "bot", "--scope", "read")
    assert penstock("token", *words, code=2).startswith(message)


def test_token_of_a_name_that_is_used_is_refused(penstock):
    penstock("token", "create", "node", "--scope", "read")
    assert "one that is used; choose another name" in penstock("token", "create", "node", "--scope", "read", code=2)


def test_list_and_revocation_make_no_registry(penstock, tmp_path):
    assert penstock("token", "list") == "There are no tokens.\n"
    assert json.loads(penstock("token", "list", "--json")) == {"tokens": []}
    assert penstock("token", "revoke", "node", code=2).startswith("no registry yet; `penstock run")
    assert [path.name for path in tmp_path.iterdir()] == ["pipeline.toml"]
