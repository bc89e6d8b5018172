"""A registry is opened for reading only if there is one."""

from dataclasses import replace

import pytest

from penstock.registry.existing import NothingYet, open_existing
from penstock.registry.opening import open_registry
from tests.metadata_store import configuration


def test_registry_that_does_not_exist_is_not_made(tmp_path):
    config = configuration(tmp_path)
    with pytest.raises(NothingYet, match="no registry yet; `penstock run` makes it"):
        open_existing(config)
    assert [path.name for path in tmp_path.iterdir()] == ["pipeline.toml"]


def test_registry_that_exists_is_opened(tmp_path):
    config = configuration(tmp_path)
    open_registry(config).close()
    with open_existing(config) as registry:
        assert registry.projects().items == ()


def test_server_without_the_tables_has_no_registry(tmp_path, postgresql):
    postgresql.execute("CREATE DATABASE registry_none")
    server = replace(postgresql, database="registry_none")
    config = configuration(tmp_path, f"registry.uri={server.url}")
    with pytest.raises(NothingYet):
        open_existing(config)
    assert server.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
