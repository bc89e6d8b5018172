"""What counts as a first run."""

import json

import pytest

from benchmarks.quality.first_run import check_pushed, propose, startup
from penstock.config.loading import load
from penstock.core.errors import NodeError


def written(folder, state, *nodes):
    file = folder / "run.out"
    file.write_text(json.dumps({"state": state, "nodes": [{"id": "Trainer", "state": node} for node in nodes]}))
    return file


def test_first_run_that_ran_every_node_and_pushed_counts(tmp_path):
    check_pushed(written(tmp_path, "pushed", "ran", "ran"))


@pytest.mark.parametrize(("state", "nodes"), [("refused", ["ran"]), ("pushed", ["ran", "cached"])])
def test_first_run_that_pushed_nothing_or_was_no_first_one_does_not_count(tmp_path, state, nodes):
    with pytest.raises(NodeError, match="all ran, and that pushed"):
        check_pushed(written(tmp_path, state, *nodes))


def test_start_up_imports_what_the_nodes_need(tmp_path):
    assert "prepare_imports()" in startup(tmp_path).words[-1]


@pytest.mark.slow
def test_first_run_has_the_configuration_that_is_proposed_for_the_table(tmp_path):
    propose(tmp_path)
    config = load(tmp_path / "pipeline.toml", environment={})
    assert (config.data.source, config.model.task, len(config.features)) == ("iris.csv", "multiclass", 4)
