"""Tests of `penstock.metadata.queries`."""

import time

from penstock.core.artifact_types import MODEL_VERDICT
from penstock.metadata.queries import INPUT, OUTPUT, MetadataRows
from tests.metadata_store import CACHED, COMPLETE, StoreBuilder, configuration


def test_store_without_a_file_is_empty(config):
    with MetadataRows(config.store) as rows:
        assert rows.runs("taxi") == []
        assert rows.executions_of_runs([1]) == []
        assert rows.artifacts([1]) == {}
    assert not config.metadata_file.exists()


def test_runs_are_listed_newest_first(config, builder):
    for run in ("first", "second"):
        builder.node(run, "Trainer")
        time.sleep(0.002)
    with MetadataRows(config.store) as rows:
        assert [name for _, name in rows.runs("taxi")] == ["second", "first"]


def test_runs_of_another_pipeline_are_not_listed(tmp_path, config, builder):
    builder.node("ours", "Trainer")
    other = configuration(tmp_path, "name=other")
    StoreBuilder(other).node("theirs", "Trainer")
    with MetadataRows(config.store) as rows:
        assert [name for _, name in rows.runs("taxi")] == ["ours"]
        assert [name for _, name in rows.runs("other")] == ["theirs"]


def test_executions_have_node_run_and_state(config, builder):
    builder.node("first", "Trainer")
    builder.node("second", "Trainer", state=CACHED)
    with MetadataRows(config.store) as rows:
        found = rows.executions_of_runs([context for context, _ in rows.runs("taxi")])
    assert [(e.run, e.node, e.pipeline, e.type, e.state) for e in found] == [
        ("first", "Trainer", "taxi", "components.Trainer", COMPLETE),
        ("second", "Trainer", "taxi", "components.Trainer", CACHED),
    ]
    assert all(abs(time.time() - execution.started) < 3600 for execution in found)


def test_events_carry_their_keys_once(config, builder):
    made = builder.node("run", "ExampleGen", outputs={"examples": ("Examples", {})})
    model = builder.node("run", "Trainer", inputs=made, outputs={"model": ("Model", {})})["model"]
    with MetadataRows(config.store) as rows:
        events = rows.events([2])
        assert rows.events_of_artifacts([model]) == events[1:]
    assert [(e.artifact, e.type, e.key) for e in events] == [
        (made["examples"], INPUT, "examples"),
        (model, OUTPUT, "model"),
    ]


def test_internal_events_are_left_out(config, builder):
    model = builder.node("run", "Trainer", outputs={"model": ("Model", {})})
    builder.node("run", "Resolver", outputs=model)
    with MetadataRows(config.store) as rows:
        assert rows.events([2]) == []


def test_properties_keep_their_types(config, builder):
    builder.node("run", "Pusher", outputs={"pushed_model": ("PushedModel", {"pushed": 1, "pushed_version": "7"})})
    with MetadataRows(config.store) as rows:
        (artifact,) = rows.artifacts_of_type("PushedModel").values()
        assert rows.artifacts_of_type("PushedModel", among={artifact.id, 99}) == {artifact.id: artifact}
        assert rows.artifacts_of_type("PushedModel", among={99}) == {}
        assert rows.execution_properties([1]) == {1: {"code": "abc"}}
    assert artifact.properties == {"pushed": 1, "pushed_version": "7"}
    assert artifact.type == "PushedModel"


def test_more_ids_than_a_batch_are_queried(config, builder, monkeypatch):
    monkeypatch.setattr("penstock.metadata.queries._BATCH", 2)
    for _ in range(5):
        builder.node("run", "Trainer")
    with MetadataRows(config.store) as rows:
        assert [execution.id for execution in rows.executions(range(1, 6))] == [1, 2, 3, 4, 5]


def test_artifact_of_a_type_that_an_earlier_release_named_has_the_current_name(config, builder):
    blessing = builder.node("run", "Evaluator", outputs={"blessing": ("ModelBlessing", {})})["blessing"]
    earlier = builder.verdict("run", blessing, "penstock.ModelVerdict")["verdict"]
    current = builder.verdict("run", blessing)["verdict"]
    with MetadataRows(config.store) as rows:
        found = rows.artifacts([earlier, current])
        assert set(rows.artifacts_of_type(MODEL_VERDICT)) == {earlier, current}
    assert {row.type for row in found.values()} == {MODEL_VERDICT}


def test_artifacts_of_a_version_are_found_by_its_number(config, builder):
    made = {number: builder.whole_run(f"run-{number}", version=number) for number in (1, 11)}
    with MetadataRows(config.store) as rows:
        found = {number: list(rows.artifacts_of_version(number)) for number in ("1", "11", "2", "' OR 1=1")}
    assert found == {"1": [made[1]["pushed_model"]], "11": [made[11]["pushed_model"]], "2": [], "' OR 1=1": []}
