"""The metadata store that a configuration names."""

import pytest

from penstock.metadata.store import Store
from tests.metadata_store import configuration


def test_store_is_in_the_folders_of_the_configuration(tmp_path):
    store = configuration(tmp_path).store
    state = tmp_path / "state"
    uri = "sqlite:///state/metadata.sqlite"
    assert store == Store("taxi", uri, state / "metadata.sqlite", tmp_path, state, tmp_path / "models")


@pytest.mark.parametrize("uri", ["mysql://ada:s%40cret@db/meta", "sqlite://"])
def test_store_without_a_file_keeps_its_address(tmp_path, uri):
    store = configuration(tmp_path, f"metadata.uri={uri}", "state.directory=elsewhere").store
    assert (store.uri, store.file, store.state) == (uri, None, tmp_path / "elsewhere")


def test_two_pipelines_may_share_a_store(tmp_path):
    one, other = configuration(tmp_path).store, configuration(tmp_path, "name=other").store
    assert one.file == other.file
    assert (one.pipeline, other.pipeline) == ("taxi", "other")
