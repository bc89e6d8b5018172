"""ML Metadata's connection from `metadata.uri`."""

import ml_metadata
import pytest

from penstock.metadata.mlmd import connection_config
from tests.metadata_store import configuration


def test_sqlite_file_is_made_when_it_is_opened_and_not_before(tmp_path):
    connection = connection_config(configuration(tmp_path, "metadata.uri=sqlite:///deep/below/store.sqlite").store)
    file = tmp_path / "deep" / "below" / "store.sqlite"
    assert connection.WhichOneof("config") == "sqlite"
    assert connection.sqlite.filename_uri == str(file)
    assert not file.parent.exists()
    file.parent.mkdir(parents=True)
    assert ml_metadata.MetadataStore(connection).get_executions() == []
    assert file.exists()


def test_absolute_sqlite_file_is_used_unchanged(tmp_path):
    elsewhere = tmp_path / "elsewhere.sqlite"
    connection = connection_config(configuration(tmp_path, f"metadata.uri=sqlite:///{elsewhere}").store)
    assert connection.sqlite.filename_uri == str(elsewhere)


def test_store_in_memory_leaves_no_file(tmp_path):
    connection = connection_config(configuration(tmp_path, "metadata.uri=sqlite://").store)
    assert connection.WhichOneof("config") == "fake_database"
    assert ml_metadata.MetadataStore(connection).get_executions() == []
    assert [path.name for path in tmp_path.iterdir()] == ["pipeline.toml"]


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("mysql://me:secret@db/taxi", ("db", 3306, "taxi", "me", "secret")),
        ("mysql://me:p%40ss%2Fword@db:3307/taxi", ("db", 3307, "taxi", "me", "p@ss/word")),
        ("mysql://db/taxi", ("db", 3306, "taxi", "", "")),
        ("mysql:///taxi", ("localhost", 3306, "taxi", "", "")),
        ("mysql://me@[fe80::1]:3307/taxi?charset=utf8mb4", ("fe80::1", 3307, "taxi", "me", "")),
        ("mysql://a%3Ab:%C3%A9@DB.example/t%20x", ("DB.example", 3306, "t x", "a:b", "é")),
    ],
)
def test_mysql_url_is_parsed(tmp_path, uri, expected):
    server = connection_config(configuration(tmp_path, f"metadata.uri={uri}").store).mysql
    assert (server.host, server.port, server.database, server.user, server.password) == expected


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("postgresql://me:secret@db/taxi", ("db", "5432", "taxi", "me", "secret")),
        ("postgresql://me@db:5433/taxi", ("db", "5433", "taxi", "me", "")),
    ],
)
def test_postgresql_url_is_parsed(tmp_path, uri, expected):
    server = connection_config(configuration(tmp_path, f"metadata.uri={uri}").store).postgresql
    assert (server.host, server.port, server.dbname, server.user, server.password) == expected
