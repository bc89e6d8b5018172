"""The URL of a registry names a file, a server, or nothing."""

import pytest

from penstock.core.errors import ConfigError
from penstock.registry.database.file import sqlite_file


def test_relative_file_is_in_the_folder_of_the_configuration_and_a_server_is_no_file(tmp_path):
    assert sqlite_file("sqlite:///state/a.sqlite", tmp_path) == tmp_path / "state" / "a.sqlite"
    assert sqlite_file(f"sqlite:///{tmp_path}/b.sqlite", tmp_path / "c") == tmp_path / "b.sqlite"
    assert sqlite_file("postgresql://ada@localhost/registry", tmp_path) is None


@pytest.mark.parametrize("uri", ["sqlite:///", "sqlite:///:memory:", "sqlite://a", "sqlite:///a\0b", "mysql://h/n"])
def test_other_urls_are_refused(uri, tmp_path):
    with pytest.raises(ConfigError, match="^registry.uri: expected sqlite:///FILE, "):
        sqlite_file(uri, tmp_path)
