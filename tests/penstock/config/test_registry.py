"""The section `[registry]`."""

import pytest

from penstock.core.errors import ConfigError
from tests.metadata_store import configuration


def test_names_in_the_registry_are_those_of_the_pipeline_unless_set(tmp_path):
    default = configuration(tmp_path)
    assert default.project_name == default.model_name == default.name
    named = configuration(tmp_path, "registry.project=City", "registry.model=big_tips")
    assert (named.project_name, named.model_name) == ("City", "big_tips")


@pytest.mark.parametrize("uri", ["mysql://host/name", "sqlite://", "registry.sqlite", "ftp://host"])
def test_address_of_another_kind_is_refused(tmp_path, uri):
    with pytest.raises(ConfigError, match=r"registry\.uri: expected sqlite:///FILE, postgresql://.* or https://HOST"):
        configuration(tmp_path, f"registry.uri={uri}")


def test_token_is_never_shown(tmp_path):
    config = configuration(tmp_path, "registry.token=hidden")
    assert "hidden" not in f"{config!r} {config.model_dump_json()}"
