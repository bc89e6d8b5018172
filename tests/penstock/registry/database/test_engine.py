import sqlite3
import subprocess
import sys

import pytest

from penstock.core.errors import ConfigError, StoreError
from penstock.registry.client import DatabaseClient
from penstock.registry.database import sqlite


@pytest.mark.parametrize("uri", ["mysql://ann@127.0.0.1/registry", "registry.sqlite", "sqlite://", "sqlite:///"])
def test_url_of_no_registry_is_refused(uri):
    with pytest.raises(ConfigError, match=r"^registry\.uri: expected sqlite:///FILE, postgresql://"):
        DatabaseClient(uri)


def test_server_that_does_not_run_is_an_error_without_the_password():
    with pytest.raises(StoreError, match="start the server") as raised:
        DatabaseClient("postgresql://ann:s3cret@127.0.0.1:1/registry")
    assert "s3cret" not in str(raised.value)


def test_file_that_is_no_database_is_an_error_and_unchanged(tmp_path):
    file = tmp_path / "registry.sqlite"
    file.write_text("rows of somebody")
    with pytest.raises(StoreError, match="set registry.uri to another file"):
        DatabaseClient(f"sqlite:///{file}")
    assert file.read_text() == "rows of somebody"


def test_relative_file_is_relative_to_the_project(tmp_path):
    DatabaseClient("sqlite:///state/registry.sqlite", root=tmp_path).close()
    file = tmp_path / "state" / "registry.sqlite"
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_transaction_that_fails_leaves_nothing(registry, model):
    before = registry.events()

    def interrupted(writer, name):
        writer.record("half", {"model": model.id}, name=name)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        registry._write(interrupted, "nothing")
    assert registry.events() == before
    assert registry.faults() == []


def test_file_that_another_process_locks_is_an_error_with_its_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0)
    uri = f"sqlite:///{tmp_path}/registry.sqlite"
    DatabaseClient(uri).close()
    with sqlite3.connect(tmp_path / "registry.sqlite", isolation_level=None) as other, DatabaseClient(uri) as registry:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="wait for that process to end"):
            registry.create_project("taxi")
        other.execute("ROLLBACK")
        assert registry.create_project("taxi").name == "taxi"


OTHER_PROCESS = """
import sys
from penstock.registry.client import DatabaseClient

with DatabaseClient(sys.argv[1]) as registry:
    registry.create_project(sys.argv[2])
"""


@pytest.mark.slow
def test_client_that_stays_open_and_processes_that_come_and_go_see_and_keep_all_writes(tmp_path):
    """SQLite deletes its log when the last process closes the database, and knows the others by their locks."""
    uri = f"sqlite:///{tmp_path}/registry.sqlite"
    with DatabaseClient(uri) as registry:
        registry.create_project("first")
    with DatabaseClient(uri) as registry:
        assert len(registry.projects().items) == 1
        for name in ("second", "third"):
            subprocess.run([sys.executable, "-c", OTHER_PROCESS, uri, name], check=True)
            assert registry.projects().items[-1].name == name
            assert (tmp_path / "registry.sqlite-wal").exists()
            registry.create_project(f"after-{name}")
    with DatabaseClient(uri) as registry:
        names = [project.name for project in registry.projects().items]
        assert names == ["first", "second", "after-second", "third", "after-third"]
        assert registry.faults() == []
