"""Tests of `penstock.metadata.connection`."""

import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy

from penstock.core.errors import ConfigError, StoreError
from penstock.core.urls import server_url
from penstock.metadata import connection as metadata_connection
from penstock.metadata import lineage
from penstock.metadata.connection import connect, store_name, write_refusal
from tests import servers
from tests.metadata_store import StoreBuilder, configuration

# Changes more pages than fit into its cache, so that some are written, and is killed before the commit.
KILLED_WRITER = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN")
connection.execute("UPDATE Artifact SET uri = 'half written'")
connection.execute("CREATE TABLE filler AS SELECT randomblob(100000) FROM Type")
os._exit(9)
"""


def names(config):
    return [run.id for run in lineage.runs(config.store)]


def test_missing_store_is_not_opened_and_not_created(tmp_path):
    config = configuration(tmp_path)
    assert connect(config.store) is None
    assert not config.metadata_file.exists()


def test_empty_file_has_no_runs(tmp_path):
    config = configuration(tmp_path)
    config.metadata_file.parent.mkdir()
    config.metadata_file.touch()
    assert names(config) == []


def test_file_that_is_not_sqlite_is_refused(tmp_path):
    config = configuration(tmp_path)
    config.metadata_file.parent.mkdir()
    config.metadata_file.write_text("miles,tip\n1,2\n" * 100)
    with pytest.raises(
        StoreError, match=r"expected an SQLite file that can be read, received file is not a database; set "
    ):
        lineage.runs(config.store)


def test_folder_in_place_of_the_file_is_refused(tmp_path):
    config = configuration(tmp_path)
    config.metadata_file.mkdir(parents=True)
    with pytest.raises(StoreError, match="received unable to open database file"):
        lineage.runs(config.store)


def test_store_in_memory_is_refused(tmp_path):
    with pytest.raises(StoreError, match="received one in memory; set metadata.uri to sqlite:///FILE"):
        connect(configuration(tmp_path, "metadata.uri=sqlite://").store)


def test_path_with_signs_of_an_address_is_read(tmp_path):
    folder = tmp_path / "50% #1 what?"
    folder.mkdir()
    config = configuration(folder)
    StoreBuilder(config).node("run", "Trainer")
    assert names(config) == ["run"]


def test_reading_writes_nothing(tmp_path):
    config = configuration(tmp_path)
    StoreBuilder(config).node("run", "Trainer")
    connection = connect(config.store)
    with pytest.raises(StoreError, match="readonly"):
        connection.select("DELETE FROM Context", {})
    connection.close()


def test_store_that_may_not_be_written_is_read(tmp_path):
    config = configuration(tmp_path)
    StoreBuilder(config).node("run", "Trainer")
    config.metadata_file.chmod(0o444)
    config.metadata_file.parent.chmod(0o555)
    try:
        assert names(config) == ["run"]
    finally:
        config.metadata_file.parent.chmod(0o755)


@pytest.mark.slow
def test_store_held_by_a_writer_is_waited_for(tmp_path):
    config = configuration(tmp_path)
    StoreBuilder(config).node("run", "Trainer")
    writer = sqlite3.connect(config.metadata_file, isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN EXCLUSIVE")
    released = []

    def release():
        released.append(True)
        writer.rollback()

    timer = threading.Timer(0.3, release)
    timer.start()
    assert names(config) == ["run"]
    assert released
    timer.join()
    writer.close()


def test_store_held_for_too_long_is_refused(tmp_path, monkeypatch):
    config = configuration(tmp_path)
    StoreBuilder(config).node("run", "Trainer")
    monkeypatch.setattr(metadata_connection, "WAIT_SECONDS", 0.1)
    writer = sqlite3.connect(config.metadata_file, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match=r"that another process has locked for 0\.1 s; wait for that process to end"):
        lineage.runs(config.store)
    writer.close()


def test_store_of_a_killed_writer_is_read_as_it_was_before(tmp_path):
    config = configuration(tmp_path)
    StoreBuilder(config).whole_run("run")
    before = lineage.runs(config.store)
    file = str(config.metadata_file)
    assert subprocess.run([sys.executable, "-c", KILLED_WRITER, file], check=False).returncode == 9
    assert Path(f"{file}-journal").stat().st_size > 0
    assert lineage.runs(config.store) == before


SCHEMAS = {
    "an older version": ("UPDATE MLMDEnv SET schema_version = 9", "9"),
    "a newer version": ("UPDATE MLMDEnv SET schema_version = 11", "11"),
    "two versions": ("INSERT INTO MLMDEnv (schema_version) VALUES (11)", "10 and 11"),
    "no version": ("DELETE FROM MLMDEnv", "none in its table MLMDEnv"),
    "no table of versions": ("DROP TABLE MLMDEnv", "none in its table MLMDEnv"),
}


def refusal_of_schema(name, received):
    return (
        f"metadata store {name}: expected version 10 of ML Metadata's schema, received {received}; "
        "migrate it with ML Metadata, or set metadata.uri to another store."
    )


@pytest.mark.parametrize(("change", "received"), SCHEMAS.values(), ids=SCHEMAS)
def test_schema_of_another_version_is_refused(config, builder, change, received):
    builder.whole_run("run")
    with sqlite3.connect(config.metadata_file) as store:
        store.execute(change)
    for read in (lineage.runs, lineage.run_ids, lineage.running, connect):
        with pytest.raises(StoreError) as refused:
            read(config.store)
        assert str(refused.value) == refusal_of_schema(config.metadata_file, received)


def test_store_of_this_version_says_so(config, builder):
    connection = connect(config.store)
    assert connection.select("SELECT schema_version FROM MLMDEnv", {}) == [(metadata_connection.SCHEMA_VERSION,)]
    connection.close()


@pytest.mark.parametrize("change", ["DELETE FROM MLMDEnv", "DROP TABLE MLMDEnv"])
def test_store_that_is_being_created_has_no_runs(config, builder, change):
    with sqlite3.connect(config.metadata_file) as store:
        store.execute(change)
    assert names(config) == []


def test_check_of_the_schema_is_one_query(config, builder, work_of):
    builder.whole_run("run")
    work = work_of(lambda: connect(config.store).close())
    assert work.statements == 2  # the other makes the connection read-only
    assert work.steps < 10


@pytest.fixture
def empty_store(postgresql):
    """Yield the URL of an empty database on the server that the tests share."""
    postgresql.execute("CREATE DATABASE meta")
    yield replace(postgresql, database="meta").url
    postgresql.execute("DROP DATABASE meta WITH (FORCE)")


@pytest.fixture(params=["mysql", "postgresql"])
def server_url_of_store(request, tmp_path):
    """Yield the URL of an empty database on a server of each kind."""
    if request.param == "postgresql":
        yield request.getfixturevalue("empty_store")
        return
    with servers.mariadb(tmp_path) as server:
        yield server.url


@pytest.mark.slow
def test_schema_of_another_version_is_refused_on_a_server(tmp_path, server_url_of_store):
    config = configuration(tmp_path, f"metadata.uri={server_url_of_store}")
    assert names(config) == []
    StoreBuilder(config).whole_run("run")
    assert names(config) == ["run"]
    engine = sqlalchemy.create_engine(server_url(server_url_of_store))
    for statement, received in SCHEMAS.values():
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
        with pytest.raises(StoreError) as refused:
            names(config)
        assert str(refused.value) == refusal_of_schema(store_name(config.store), received)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS MLMDEnv (schema_version INT PRIMARY KEY)")
            connection.exec_driver_sql("DELETE FROM MLMDEnv")
            connection.exec_driver_sql("INSERT INTO MLMDEnv VALUES (10)")
        assert names(config) == ["run"]
    engine.dispose()


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("postgresql://ada:secret@host:5432/meta", "postgresql://ada@host:5432/meta"),
        ("mysql://ada:se%40cret@host/meta?password=secret", "mysql://ada@host/meta"),
        ("postgresql://host/meta", "postgresql://host/meta"),
    ],
)
def test_name_of_a_store_hides_the_password(tmp_path, uri, name):
    assert store_name(configuration(tmp_path, f"metadata.uri={uri}").store) == name


def test_server_without_its_library_names_the_package(tmp_path, monkeypatch):
    uri = "postgresql://ada:secret@127.0.0.1:1/meta"
    store = configuration(tmp_path, f"metadata.uri={uri}").store
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    for read in (lambda: lineage.runs(store), lambda: configuration(tmp_path, f"metadata.uri={uri}")):
        with pytest.raises(ConfigError, match="expected the package sqlalchemy") as refusal:
            read()
        assert "secret" not in str(refusal.value)


def test_server_that_does_not_answer_is_refused(tmp_path):
    pytest.importorskip("sqlalchemy", reason="sqlalchemy, which reads PostgreSQL, is not installed")
    config = configuration(tmp_path, "metadata.uri=postgresql://ada:secret@127.0.0.1:1/meta")
    with pytest.raises(StoreError, match="a database that can be read") as refusal:
        lineage.runs(config.store)
    assert "secret" not in str(refusal.value)


def test_password_in_the_words_of_a_driver_is_hidden(tmp_path):
    config = configuration(tmp_path, "metadata.uri=postgresql://ada@127.0.0.1:1/meta?sslmode=secret&sslpassword=secret")
    with pytest.raises(StoreError, match=r"a database that can be read, received .*\*\*\*") as refusal:
        lineage.runs(config.store)
    assert "secret" not in refusal.value.received


@pytest.mark.slow
def test_postgresql_is_read_like_sqlite(tmp_path, empty_store):
    config = configuration(tmp_path, f"metadata.uri={empty_store}")
    assert lineage.runs(config.store) == []
    StoreBuilder(config).whole_run("run", version=3)
    run = lineage.version(config.store, "3")
    assert (run.id, run.state, run.rows()) == ("run", "pushed", {"train": 67, "eval": 33})

    other = tmp_path / "other"
    other.mkdir()
    in_file = configuration(other)
    StoreBuilder(in_file).whole_run("run", version=3)
    assert [(n.id, n.state, n.inputs, [a.type for a in n.outputs]) for n in run.nodes] == [
        (n.id, n.state, n.inputs, [a.type for a in n.outputs]) for n in lineage.run(in_file.store, "run").nodes
    ]


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("database is locked", "wait for that process to end"),
        ("database table is locked: Type", "wait for that process to end"),
        ("Lock wait timeout exceeded; try restarting transaction", "wait for that process to end"),
        ("canceling statement due to lock timeout", "wait for that process to end"),
        ("attempt to write a readonly database", "check its permissions"),
        ("unable to open database file", "check its permissions"),
        ("UPDATE command denied to user 'ada'@'host' for table `Type`", "check its permissions"),
        ("permission denied for table type", "check its permissions"),
        ("database or disk is full", "free some space on its disk"),
        ("database disk image is malformed", "put a backup in its place"),
        ("file is not a database", "put a backup in its place"),
        ("disk I/O error", "fix that, or set metadata.uri to another store"),
    ],
)
def test_refusal_of_a_change_has_the_remedy_for_what_the_database_says(reason, remedy):
    assert str(write_refusal("state/metadata.sqlite", reason)).endswith(f", received {reason}; {remedy}.")
