"""The pipelines of a dashboard."""

import pytest

from penstock.dashboard.sources import NoPage, Shown, Sources
from tests.metadata_store import configuration


def test_pipelines_of_one_name_have_different_addresses(tmp_path):
    config = configuration(tmp_path)
    assert list(Sources.of([Shown(config)] * 3).by_key) == ["taxi", "taxi-2", "taxi-3"]


def test_unknown_pipeline_is_refused_with_those_that_there_are(site):
    with pytest.raises(NoPage, match="the pipeline 'x': expected one of taxi"):
        Sources.of([Shown(site.config)]).find("x")


def test_registry_that_does_not_exist_is_none_and_is_not_made(tmp_path):
    source = Sources.of([Shown(configuration(tmp_path))]).find("taxi")
    with source.registry() as registry:
        assert registry is None
    assert not (tmp_path / "state").exists()


def test_model_is_that_of_the_pipeline(site):
    with site.source.registry() as registry:
        assert site.source.model(registry).name == "taxi"
