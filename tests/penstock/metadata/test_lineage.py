"""Tests of `penstock.metadata.lineage`."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.metadata_rows import multiply
from penstock.core.documents.training import Leaderboard
from penstock.core.documents.verdict import Verdict
from penstock.core.errors import ConfigError, PenstockError
from penstock.metadata import lineage
from tests.metadata_store import CACHED, FAILED, RUNNING, VERDICT, StoreBuilder, configuration
from tests.pipeline.cli.leaderboards import LEADERBOARD


def test_complete_run_is_pushed_with_its_rows_and_its_verdict(config, builder):
    made = builder.whole_run("run", version=4)
    run = lineage.run(config.store, "run")
    assert (run.state, run.pushed_version, run.failed_node) == ("pushed", 4, None)
    assert run.rows() == {"train": 67, "eval": 33}
    assert run.verdict() == Verdict.model_validate(VERDICT)
    assert run.verdict().plain() == VERDICT
    assert run.output("Model").id == made["model"]
    assert [node.state for node in run.nodes] == ["ran"] * 8


def test_nodes_have_their_inputs_and_outputs(config, builder):
    made = builder.whole_run("run")
    trainer = next(node for node in lineage.run(config.store, "run").nodes if node.id == "Trainer")
    assert set(trainer.inputs) == {made["examples"], made["schema"], made["transform_graph"]}
    assert [(a.id, a.type, a.key) for a in trainer.outputs] == [(made["model"], "Model", "model")]


def test_run_without_recorded_rows_has_none(config, builder):
    builder.node("run", "ExampleGen", outputs={"examples": ("Examples", {})})
    run = lineage.run(config.store, "run")
    assert run.rows() == {}


@pytest.mark.parametrize("recorded", [None, {"by": "key", "repeated": 3}])
def test_recorded_split_report_is_read(config, builder, recorded):
    properties = {} if recorded is None else {"split": json.dumps(recorded)}
    builder.node("run-1", "ExampleGen", outputs={"examples": ("Examples", properties)})
    found = lineage.run(config.store, "run-1")
    assert (found.split() and found.split().plain()) == recorded


def test_refused_run_pushed_no_version(config, builder):
    builder.whole_run("run", version=None)
    run = lineage.run(config.store, "run")
    assert (run.state, run.pushed_version) == ("refused", None)


@pytest.mark.parametrize(
    ("states", "expected", "failed"),
    [
        ({"ExampleGen": 3, "Trainer": RUNNING}, "running", None),
        ({"ExampleGen": 3, "Trainer": FAILED}, "failed", "Trainer"),
        ({"ExampleGen": 3, "Trainer": 6}, "failed", "Trainer"),
        ({"ExampleGen": CACHED, "Trainer": 3}, "partial", None),
        ({"ExampleGen": FAILED, "Trainer": RUNNING}, "failed", "ExampleGen"),
    ],
)
def test_state_of_a_run_follows_from_its_nodes(config, builder, states, expected, failed):
    for node, state in states.items():
        builder.node("run", node, state=state)
    run = lineage.run(config.store, "run")
    assert (run.state, run.failed_node) == (expected, failed)


def test_verdict_in_a_store_of_an_earlier_release_is_read(config, builder):
    blessing = builder.node("run", "Evaluator", outputs={"blessing": ("ModelBlessing", {})})["blessing"]
    builder.verdict("run", blessing, "penstock.ModelVerdict")
    assert lineage.run(config.store, "run").verdict() == Verdict.model_validate(VERDICT)


def test_verdict_is_none_if_its_folder_was_removed(config, builder):
    builder.whole_run("run")
    shutil.rmtree(config.artifacts)
    run = lineage.run(config.store, "run")
    assert run.verdict() is None
    assert run.state == "pushed"


def test_leaderboard_is_read_where_there_is_one(config, builder):
    made = builder.node("run", "Trainer", outputs={"model_run": ("ModelRun", {})})
    run = lineage.run(config.store, "run")
    assert run.leaderboard() is None
    [artifact] = builder.store.get_artifacts_by_id([made["model_run"]])
    folder = Path(artifact.uri)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "leaderboard.json").write_text(json.dumps(LEADERBOARD))
    assert run.leaderboard() == Leaderboard.model_validate(LEADERBOARD)
    (folder / "leaderboard.json").write_text('{"metric": "rmse"}')
    with pytest.raises(PenstockError, match=r"leaderboard\.json: expected a leaderboard, undamaged, received value: "):
        run.leaderboard()


def test_runs_are_limited_to_the_newest(config, builder):
    for name in ("one", "two", "three"):
        builder.node(name, "Trainer")
        time.sleep(0.002)
    assert [run.id for run in lineage.runs(config.store, limit=2)] == ["three", "two"]
    assert lineage.run_ids(config.store) == ["three", "two", "one"]


@pytest.mark.parametrize(
    ("asked", "found"), [("latest", "b-2"), ("a", "a-1"), ("b", "b"), ("b-", "b-2"), ("b-2", "b-2")]
)
def test_run_is_found_by_name_beginning_or_latest(config, builder, asked, found):
    for name in ("a-1", "b", "b-2"):
        builder.node(name, "Trainer")
        time.sleep(0.002)
    assert lineage.run(config.store, asked).id == found


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("c", "run c: expected the name of a run, received none of 2; list them with `penstock runs`."),
        ("a", "run a: expected the name of one run, received the beginning of 2: a-2, a-1; write more of it."),
    ],
)
def test_name_of_no_run_or_of_several_is_refused(config, builder, asked, sentence):
    for name in ("a-1", "a-2"):
        builder.node(name, "Trainer")
        time.sleep(0.002)
    with pytest.raises(ConfigError) as refusal:
        lineage.run(config.store, asked)
    assert str(refusal.value) == sentence


def test_run_in_an_empty_store_says_how_to_begin(config):
    with pytest.raises(ConfigError, match="run latest: expected a run, received none yet; write `penstock run`"):
        lineage.run(config.store, "latest")


def test_version_is_found_in_the_run_that_pushed_it(config, builder):
    first = builder.whole_run("first", version=1)
    builder.whole_run("second", version=2)
    builder.node("third", "Pusher", outputs={"pushed_model": first["pushed_model"]}, state=CACHED)
    assert lineage.version(config.store, "1").id == "first"
    assert lineage.run(config.store, "third").pushed_version == 1


@pytest.mark.slow
def test_thousand_runs_are_read_in_as_many_queries_as_ten_and_a_hundred_times_the_work(tmp_path, work_of):
    work = {}
    for count in (10, 1000):
        folder = tmp_path / str(count)
        folder.mkdir()
        config = configuration(folder)
        StoreBuilder(config).whole_run("run")
        multiply(config.metadata_file, count)
        found = lineage.runs(config.store)
        assert {(run.state, len(run.nodes)) for run in found} == {("pushed", 8)}
        assert len(found) == count
        work[count] = work_of(lambda config=config: lineage.runs(config.store))
        work[count, 10] = work_of(lambda config=config: lineage.runs(config.store, limit=10))
        assert len(lineage.runs(config.store, limit=10)) == 10
    assert work[1000].statements == work[10].statements > 0
    assert work[1000].steps < 150 * work[10].steps
    # Of the last ten little more is read than the names of the others.
    assert work[1000, 10].steps < work[1000].steps / 3


@pytest.mark.slow
def test_reading_loads_no_heavy_library(config, builder):
    builder.whole_run("run")
    program = (
        "import sys; from penstock.metadata import ancestry, lineage; from penstock.config import loading; "
        f"c = loading.load({str(config.path('pipeline.toml'))!r}, environment={{}}); "
        "lineage.runs(c.store); ancestry.ancestry(c.store, '1'); "
        "heavy = {'tensorflow', 'tfx', 'ml_metadata', 'numpy', 'pandas', 'sqlalchemy', 'rich'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    root = Path(lineage.__file__).parents[2]
    assert subprocess.check_output([sys.executable, "-c", program], cwd=root, text=True).strip() == "[]"
