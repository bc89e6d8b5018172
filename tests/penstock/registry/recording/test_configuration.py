"""The configuration of a run as JSON."""

import json

from penstock.registry.recording.configuration import configuration_of
from tests.metadata_store import configuration


def test_configuration_has_all_keys_as_the_file_names_them(tmp_path):
    found = configuration_of(configuration(tmp_path))
    assert (found["data"]["label"], found["schema"], found["features"]) == ("tip", {"file": None}, {"miles": "numeric"})
    assert found["model"]["family"] == "neural"


def test_no_password_and_no_token_is_in_it(tmp_path):
    config = configuration(
        tmp_path,
        "data.source=postgresql://ada:${PG}@host/db",
        "data.table=t",
        "metadata.uri=mysql://ada:hidden-1@host/db",
        "registry.uri=https://ada:hidden-2@registry.example.org",
        'beam.options=["--sasl_password=hidden-3", "--region=europe"]',
        PG="hidden-4",
        PENSTOCK_REGISTRY__TOKEN="hidden-5",  # noqa: S106
    )
    found = configuration_of(config)
    assert "hidden" not in json.dumps(found)
    assert found["registry"]["uri"] == "https://ada@registry.example.org"
    assert found["registry"]["token"] == "***"
    assert found["beam"]["options"] == ["--sasl_password=***", "--region=europe"]
    assert found["metadata"]["uri"] == "mysql://ada@host/db"


def test_configuration_without_a_token_says_so(tmp_path):
    assert configuration_of(configuration(tmp_path))["registry"]["token"] is None
