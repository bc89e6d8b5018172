"""Types that an earlier release recorded get their current names before a run."""

import sqlite3
from contextlib import closing

import pytest

from penstock.core.artifact_types import MODEL_VERDICT
from penstock.core.errors import StoreError
from penstock.metadata.type_names import rename_earlier_types
from tests import servers
from tests.metadata_store import StoreBuilder, configuration

EARLIER = "penstock.ModelVerdict"


def record(builder, *names):
    """Record an artifact of each of some types; return their numbers."""
    blessing = builder.node("run", "Evaluator", outputs={"blessing": ("ModelBlessing", {})})["blessing"]
    return [builder.verdict("run", blessing, name)["verdict"] for name in names]


def types(builder, ids):
    return [artifact.type for artifact in builder.store.get_artifacts_by_id(ids)]


@pytest.mark.parametrize("names", [[EARLIER], [EARLIER, MODEL_VERDICT], [MODEL_VERDICT], [MODEL_VERDICT, EARLIER]])
def test_each_artifact_has_the_current_name_afterwards(config, builder, names):
    ids = record(builder, *names)
    for _ in range(2):
        rename_earlier_types(config.store)
        assert types(builder, ids) == [MODEL_VERDICT] * len(ids)


def test_types_of_tfx_and_of_executions_keep_their_names(config, builder):
    builder.whole_run("run")
    builder.node("run", "Odd", outputs={"output": (EARLIER, {})})
    query = "SELECT name FROM Type WHERE name NOT LIKE 'penstock.%' ORDER BY id"
    with closing(sqlite3.connect(config.metadata_file)) as store:
        before = store.execute(query).fetchall()
        rename_earlier_types(config.store)
        assert store.execute(query).fetchall() == before


def test_store_that_does_not_exist_is_not_made(config):
    rename_earlier_types(config.store)
    assert not config.metadata_file.exists()


def test_store_that_is_locked_is_refused_and_unchanged(config, builder, monkeypatch):
    monkeypatch.setattr("penstock.metadata.type_names.WAIT_SECONDS", 0.1)
    ids = record(builder, EARLIER)
    with closing(sqlite3.connect(config.metadata_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as caught:
            rename_earlier_types(config.store)
        other.execute("ROLLBACK")
    assert str(caught.value) == (
        f"metadata store {config.metadata_file}: expected a store that no other process holds, "
        "received database is locked; wait for that process to end."
    )
    assert types(builder, ids) == [EARLIER]


@pytest.mark.slow
def test_types_on_a_server_are_renamed(tmp_path):
    with servers.mariadb(tmp_path / "server") as server:
        config = configuration(tmp_path, f"metadata.uri={server.url}")
        builder = StoreBuilder(config)
        ids = record(builder, EARLIER)
        rename_earlier_types(config.store)
        assert types(builder, ids) == [MODEL_VERDICT]
