"""Tests of `penstock.metadata.ancestry`."""

import json

import pytest

from benchmarks.metadata_rows import multiply
from penstock.metadata import lineage
from penstock.metadata.ancestry import ancestry
from tests.metadata_store import ROWS


def test_version_leads_back_to_its_rows(config, builder):
    made = builder.whole_run("run", version=3)
    graph = ancestry(config.store, "3")
    assert (graph.version, graph.run, graph.pushed) == (3, "run", made["pushed_model"])
    assert {step.node for step in graph.steps.values()} == {
        *("ExampleGen", "StatisticsGen", "SchemaGen", "Transform", "Trainer", "Evaluator", "Pusher")
    }
    assert set(graph.artifacts) == set(made.values()) - {made["verdict"]}
    (origin,) = graph.origins
    assert (origin.source, origin.query, origin.digest) == (ROWS["source"], ROWS["query"], ROWS["digest"])
    assert origin.files == ({"path": "trips.csv", "sha256": "f" * 64, "bytes": 1234},)
    assert origin.rows == {"source": 100, "train": 67, "eval": 33}


def test_steps_have_their_inputs_and_properties(config, builder):
    made = builder.whole_run("run")
    trainer = ancestry(config.store, "1").maker(made["model"])
    assert dict(trainer.inputs) == {
        made["examples"]: "examples", made["schema"]: "schema", made["transform_graph"]: "transform_graph"
    }  # fmt: skip
    assert (trainer.type, trainer.properties) == ("components.Trainer", {"code": "abc"})


def test_artifact_from_the_cache_leads_to_the_run_that_made_it(config, builder):
    first = builder.whole_run("first", version=1)
    builder.whole_run("second", version=2, examples=first["examples"])
    graph = ancestry(config.store, "2")
    runs = {step.node: step.run for step in graph.steps.values()}
    assert runs["ExampleGen"] == "first"
    assert {run for node, run in runs.items() if node != "ExampleGen"} == {"second"}


def test_baseline_model_ends_the_lineage(config, builder):
    first = builder.whole_run("first", version=1)
    builder.whole_run("second", version=2, baseline=first["model"])
    graph = ancestry(config.store, "2")
    assert first["model"] in graph.artifacts
    assert first["model"] not in graph.makers
    assert {step.run for step in graph.steps.values()} == {"second"}
    assert (f"artifact-{first['model']}", f"execution-{_evaluator(graph)}", "baseline_model") in graph.edges


def test_same_model_compared_with_itself_keeps_its_maker(config, builder):
    made = builder.whole_run("first", version=1)
    blessing = builder.node(
        "second",
        "Evaluator",
        inputs={"baseline_model": made["model"], "examples": made["examples"]},
        outputs={"blessing": ("ModelBlessing", {})},
    )["blessing"]
    builder.push("second", made["model"], blessing, 1)
    graph = ancestry(config.store, "1")
    assert graph.run == "second"
    assert graph.maker(made["model"]).run == "first"


def test_external_artifact_ends_the_lineage(config, builder):
    (model,) = builder.node("run", "Resolver", outputs={"model": ("Model", {})}).values()
    (blessing,) = builder.node("run", "Evaluator", outputs={"blessing": ("ModelBlessing", {})}).values()
    builder.push("run", model, blessing, 1)
    graph = ancestry(config.store, "1")
    assert model in graph.artifacts
    assert model not in graph.makers
    assert graph.origins == []


def test_examples_without_notes_have_unknown_origins(config, builder):
    examples = builder.node("run", "ExampleGen", outputs={"examples": ("Examples", {})})["examples"]
    builder.whole_run("run", examples=examples)
    (origin,) = ancestry(config.store, "1").origins
    assert (origin.source, origin.query, origin.digest, origin.rows, origin.files) == (None,) * 5


def test_plain_data_is_a_graph_without_loose_ends(config, builder):
    builder.whole_run("run")
    data = json.loads(json.dumps(ancestry(config.store, "1").as_dict()))
    ids = {node["id"] for node in data["nodes"]}
    assert len(ids) == len(data["nodes"])
    assert {end for edge in data["edges"] for end in (edge["from"], edge["to"])} == ids
    assert {node["kind"] for node in data["nodes"]} == {"artifact", "execution"}
    assert all({"type", "uri", "properties"} <= set(node) for node in data["nodes"] if node["kind"] == "artifact")
    assert (data["version"], data["present"], data["run_id"]) == (1, True, "run")


@pytest.mark.slow
def test_version_among_a_thousand_runs_is_found_without_reading_them_all(config, builder, work_of):
    builder.whole_run("run")
    multiply(config.metadata_file, 1000)
    assert len(ancestry(config.store, "1").steps) == 7
    whole = work_of(lambda: lineage.runs(config.store))
    assert 0 < work_of(lambda: ancestry(config.store, "1")).steps < whole.steps / 2


def _evaluator(graph):
    return next(step.id for step in graph.steps.values() if step.node == "Evaluator")
