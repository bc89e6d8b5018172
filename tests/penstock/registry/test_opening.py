"""The registry that a configuration names."""

from penstock.registry.opening import open_registry
from tests.metadata_store import configuration


def test_registry_is_a_file_in_the_state_folder_unless_another_is_named(tmp_path):
    with open_registry(configuration(tmp_path), actor="ada") as registry:
        assert registry.create_project("taxi").name == "taxi"
    assert (tmp_path / "state" / "registry.sqlite").is_file()
    with open_registry(configuration(tmp_path, "registry.uri=sqlite:///other/file.sqlite")) as registry:
        assert registry.projects().items == ()
    assert (tmp_path / "other" / "file.sqlite").is_file()
