"""The pages of lineage."""

import pytest

from penstock.dashboard.pages.lineage import around, uses_of_file, versions_of
from penstock.dashboard.sources import NoPage, Shown, Sources
from tests.dashboard_site import DIGEST
from tests.metadata_store import StoreBuilder, configuration


@pytest.fixture
def made(tmp_path):
    """A pipeline whose second run reads the examples of the first, and the artifacts of both."""
    builder = StoreBuilder(configuration(tmp_path))
    first = builder.whole_run("run-1", version=1)
    second = builder.whole_run("run-2", version=2, examples=first["examples"])
    return Sources.of([Shown(builder.config)]).find("taxi"), first, second


def test_artifact_has_what_made_it_what_read_it_and_all_versions_below(made):
    source, first, second = made
    found = around(source, first["examples"])
    assert [each.execution.node for each in found.producers] == ["ExampleGen", "ExampleGen"]
    assert {(each.execution.node, each.execution.run) for each in found.consumers} >= {
        ("StatisticsGen", "run-1"),
        ("Trainer", "run-2"),
    }
    assert found.versions == (1, 2)
    model = around(source, second["model"])
    assert model.versions == (2,)
    assert (first["examples"], "Examples") in model.producers[0].artifacts


def test_artifact_of_another_pipeline_or_of_none_is_no_page(made, tmp_path):
    source, first, _ = made
    other = configuration(tmp_path, "name=other")
    with pytest.raises(NoPage, match=f"artifact {first['model']}"):
        around(Sources.of([Shown(other)]).find("other"), first["model"])
    with pytest.raises(NoPage, match="artifact 999"):
        around(source, 999)


def test_file_leads_to_each_run_and_version_that_saw_it(made):
    source, first, _ = made
    uses = uses_of_file(source, DIGEST)
    assert [(use.run, use.artifact) for use in uses] == [("run-2", first["examples"]), ("run-1", first["examples"])]
    assert versions_of(source, uses)[first["examples"]] == (1, 2)
    assert uses == uses_of_file(source, DIGEST[:12])
    assert uses_of_file(source, "0" * 64) == []
