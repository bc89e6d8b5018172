"""Who accepted changes of the schema; the commands are tested in `tests/pipeline/cli/test_schema.py`."""

import hashlib

import pytest

from penstock.core.machine import user_name
from penstock.registry.documents import TokenBody
from penstock.registry.http.app import create_app
from penstock.registry.opening import open_registry
from pipeline.schema.acceptance import Recorded, accepted_before, record
from pipeline.schema.review import Difference
from tests.metadata_store import configuration
from tests.registry_server import serving

CHANGES = (Difference("paid", "", "", "may hold also cash", ()),)


@pytest.fixture
def file(tmp_path):
    (tmp_path / "schema.pbtxt").write_text("feature { name: 'paid' }")
    return tmp_path / "schema.pbtxt"


def test_user_is_recorded_with_the_changes_and_the_digest_of_the_file(tmp_path, file):
    config = configuration(tmp_path, "schema.file=schema.pbtxt")
    assert accepted_before(config, 5) == ([], "")
    assert record(config, file, ()) is None
    assert record(config, file, CHANGES) == Recorded(user_name())
    [found], fault = accepted_before(config, 5)
    assert (found.who, fault) == (user_name(), "")
    assert (found.body.file, found.body.digest) == ("schema.pbtxt", hashlib.sha256(file.read_bytes()).hexdigest())
    assert [(each.column, each.change) for each in found.body.changes] == [("paid", "may hold also cash")]


def test_column_that_the_registry_cannot_store_is_said(tmp_path, file):
    found = record(configuration(tmp_path), file, (Difference("a\0b", "", "", "any", ()),))
    assert found.by == user_name()
    assert found.problem == "the changes: expected texts without NUL, received another one; rename the column."


@pytest.mark.slow
def test_owner_of_the_token_is_recorded_by_a_server(tmp_path, file):
    with open_registry(configuration(tmp_path)) as registry:
        _, text = registry.create_token(TokenBody(name="ann", scopes=("read", "write")))
        _, reader = registry.create_token(TokenBody(name="bob", scopes=("read",)))
        with serving(create_app(registry, open_to_readers=False)) as client:
            for token, expected in ((text, ""), (reader, "a token with the scope write")):
                settings = (f"registry.uri={client.base_url}", f"registry.token={token}")
                config = configuration(tmp_path, *settings)
                found = record(config, file, CHANGES)
                assert expected in found.problem
                assert bool(found.problem) is bool(expected)
                assert found.by == ("bob" if expected else "ann")
            [before], _ = accepted_before(config, 5)
    assert before.who == f"ann, as user {user_name()}"
