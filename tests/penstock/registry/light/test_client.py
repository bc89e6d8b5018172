"""What the client without SQLAlchemy leaves to the whole one; the tests of the store compare the rest."""

import pytest

from penstock.core.errors import StoreError
from penstock.registry.client import DatabaseClient
from penstock.registry.database import sqlite
from penstock.registry.documents import AliasMove
from penstock.registry.errors import Invalid, NotFound
from penstock.registry.existing import open_existing
from penstock.registry.light.client import LightClient
from penstock.registry.lists import Slice
from penstock.registry.opening import open_registry
from tests.metadata_store import configuration
from tests.registry_rows import pushed


@pytest.fixture
def config(tmp_path):
    config = configuration(tmp_path)
    with open_registry(config, actor="ann") as registry:
        model = registry.create_model(registry.create_project("taxi").id, "tips")
        pushed(registry, model.id, 1), pushed(registry, model.id, 2)
    return config


def test_reads_and_changes_do_not_open_the_whole_client_and_records_do(config):
    with open_existing(config, actor="bob") as registry:
        assert isinstance(registry, LightClient)
        model = registry.model_named("taxi", "tips")
        assert [each.number for each in registry.versions(model.id, Slice(newest=True)).items] == [2, 1]
        with pytest.raises(NotFound, match="^nothing: expected one that the registry has"):
            registry.experiment_named(model.id, "nothing")
        registry.move_alias(model.id, "default", AliasMove(version=2, why="better"))
        assert registry.faults() == []
        assert registry._whole is None
        assert registry.create_project("taxi").name == "taxi"
        assert isinstance(registry._whole, DatabaseClient)
        assert registry.aliases(model.id)[0].version == 2
        assert registry.events(Slice(1, newest=True)).items[0].actor == "bob"


def test_damaged_file_is_reported_in_the_sentence_of_the_whole_client(config):
    with open_existing(config) as registry:
        registry.rows._connection.execute("ALTER TABLE aliases RENAME TO gone")
        with pytest.raises(StoreError, match=r"no such table: (main\.)?aliases"):
            registry.aliases(1)


def test_name_that_no_database_can_store_is_refused(config):
    with open_existing(config) as registry, pytest.raises(Invalid, match="half of a surrogate pair"):
        registry.experiment_named(1, "run-\udcff")


def test_change_that_fails_leaves_nothing_and_its_turn_to_the_next(config):
    with open_existing(config) as registry, open_existing(config) as other:
        before = registry.events()
        for wrong in ("gone", "1"):
            with pytest.raises((NotFound, Invalid)):
                registry.move_alias(1, wrong, AliasMove(version=9))
        registry.rows._connection.execute("ALTER TABLE head RENAME TO gone")
        with pytest.raises(StoreError, match="received no such table: head; set registry.uri to another file"):
            registry.move_alias(1, "default", AliasMove(version=2))
        registry.rows._connection.execute("ALTER TABLE gone RENAME TO head")
        with pytest.raises(Invalid, match="half of a surrogate pair"):
            registry.revoke_token("run-\udcff")
        assert registry.events() == other.events() == before
        assert other.move_alias(1, "default", AliasMove(version=2)).version == 2
        assert registry.rollback(1, "default").version == 1
        assert registry.faults() == []


def test_file_that_another_process_has_locked_is_an_error_with_its_remedy(config, monkeypatch):
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0)
    with open_existing(config) as registry, open_existing(config) as other:
        other.rows._connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="wait for that process to end"):
            registry.move_alias(1, "default", AliasMove(version=2))
        other.rows._connection.execute("ROLLBACK")
        assert registry.move_alias(1, "default", AliasMove(version=2)).version == 2


def test_file_that_cannot_be_written_is_an_error(config):
    with open_existing(config) as registry:
        registry.rows._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError, match="attempt to write a readonly database"):
            registry.rollback(1, "default")
