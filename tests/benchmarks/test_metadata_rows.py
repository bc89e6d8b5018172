import pytest

from benchmarks.metadata_rows import FAR, multiply
from penstock.metadata import lineage
from tests.metadata_store import StoreBuilder, configuration


@pytest.fixture
def config(tmp_path):
    builder = StoreBuilder(configuration(tmp_path))
    builder.whole_run("one", version=1)
    builder.whole_run("two", version=2)
    return builder.config


def test_each_run_is_there_so_many_times_with_nodes_and_artifacts_of_its_own(config):
    before = lineage.runs(config.store)
    multiply(config.metadata_file, 3)
    found = lineage.runs(config.store)
    assert {run.id for run in found} == {"one", "two", "one-1", "two-1", "one-2", "two-2"}
    ids = [artifact.id for run in found for node in run.nodes for artifact in node.outputs]
    assert len(set(ids)) == len(ids) == 3 * sum(len(node.outputs) for run in before for node in run.nodes)
    for run in found:
        origin = next(each for each in before if each.id == run.id.partition("-")[0])
        shift = FAR * int(run.id.partition("-")[2] or 0)
        assert [(n.id, n.execution - shift, n.state) for n in run.nodes] == [
            (n.id, n.execution, n.state) for n in origin.nodes
        ]
        assert run.pushed_version == origin.pushed_version
        assert [n.inputs for n in run.nodes] == [tuple(i + shift for i in n.inputs) for n in origin.nodes]


def test_once_changes_nothing(config):
    before = lineage.runs(config.store)
    multiply(config.metadata_file, 1)
    assert lineage.runs(config.store) == before
