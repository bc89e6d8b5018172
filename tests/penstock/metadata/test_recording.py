"""What is written into the metadata store outside of TFX, read back by SQL."""

from penstock.metadata import lineage
from penstock.metadata.recording import mark_deleted, mark_failed, record_cached, record_key, recorded_key
from tests.kept_run import KeptRun
from tests.metadata_store import FAILED, RUNNING


def test_repeated_run_has_the_same_artifacts_from_cached_nodes_and_the_same_key(config, builder):
    builder.whole_run("first")
    record_key(config.store, "first", "k" * 64)
    first = lineage.run(config.store, "first")
    record_cached(config.store, first, "second")
    second = lineage.run(config.store, "second")
    assert (second.state, {node.state for node in second.nodes}) == ("pushed", {"cached"})
    assert [(n.id, n.inputs, n.outputs) for n in second.nodes] == [(n.id, n.inputs, n.outputs) for n in first.nodes]
    assert {n.execution for n in second.nodes}.isdisjoint(n.execution for n in first.nodes)
    assert recorded_key(config.store, "second") == "k" * 64
    assert lineage.run(config.store, "first") == first


def test_run_without_a_key_and_unknown_run_have_an_empty_key(config, builder):
    builder.node("run", "Trainer")
    assert recorded_key(config.store, "run") == ""
    assert recorded_key(config.store, "another") == ""


def test_deleted_artifacts_cannot_be_used_and_others_can(config):
    run = KeptRun(config)
    mark_deleted(config.store, [run.artifacts["model"], run.artifacts["examples"]])
    assert {name for name, live in run.live().items() if not live} == {"model", "examples"}


def test_only_executions_that_are_recorded_as_running_fail(config, builder):
    builder.node("run", "ExampleGen")
    builder.node("run", "Trainer", state=RUNNING)
    mark_failed(config.store, [1, 2])
    assert [node.state for node in lineage.run(config.store, "run").nodes] == ["ran", "failed"]
    assert [e.last_known_state for e in builder.store.get_executions()][1] == FAILED
    assert lineage.running(config.store) == []
