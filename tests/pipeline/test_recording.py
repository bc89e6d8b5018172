"""Runs in the registry, however they end, and those that could not be recorded when they ended."""

import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace

import pytest

from penstock.core.errors import GateError, NodeError
from penstock.metadata import lineage
from penstock.registry.client import DatabaseClient
from penstock.registry.documents import TokenBody
from penstock.registry.opening import open_registry
from penstock.registry.recording import notes
from pipeline.plan import RunOptions
from pipeline.recording import Notebook, Recording, Running, record_notebook
from pipeline.session import record_unrecorded
from tests.kept_run import KeptRun
from tests.metadata_store import FAILED, RUNNING, StoreBuilder, configuration
from tests.other_process import PROJECT
from tests.pipeline.sessions import RecordedUpdates, run_with, write_table
from tests.registry_server import started

RUN = "20260101-000001"


@pytest.fixture
def config(tmp_path):
    write_table(tmp_path)
    return configuration(tmp_path)


def run(config, work, name=RUN, **options):
    """Run with a function in place of the nodes; return what became of the record."""
    updates = RecordedUpdates()
    with suppress(NodeError):
        run_with(config, RunOptions(name, **options), work, updates)
    return updates.recording


def pushing(config, name=RUN, number=1):
    return lambda: KeptRun(config, name, number)


def raising(config, node, error, name=RUN):
    def fail():
        StoreBuilder(config).node(name, node, state=FAILED)
        raise error

    return fail


def experiments(config):
    with open_registry(config) as registry:
        return list(registry.experiments().items)


def unrecorded(config):
    return [note.run for note in notes.read_all(config)]


@pytest.mark.slow
def test_pushed_run_is_recorded_with_its_version(config):
    assert run(config, pushing(config)) == Recording("taxi_nogit_1", 1, ("default",))
    [found] = experiments(config)
    assert (found.run, found.state, found.metric) == (RUN, "pushed", "auc")
    assert unrecorded(config) == []


@pytest.mark.parametrize(
    ("node", "error", "state"),
    [
        ("AnomalyGate", GateError("the data", "no anomaly", "2", "fix it"), "refused"),
        ("DriftGate", NodeError("the data drifted"), "refused"),
        ("RowCountGate", GateError("rows went missing"), "refused"),
        ("Trainer", NodeError("node Trainer failed"), "failed"),
    ],
)
def test_run_that_a_gate_or_an_error_ended_is_recorded_with_the_sentence(config, node, error, state):
    assert run(config, raising(config, node, error)) == Recording("taxi_nogit_1")
    [found] = experiments(config)
    assert (found.state, found.details["failure"]) == (state, str(error))


def test_model_that_is_not_blessed_is_recorded_as_refused(config):
    run(config, lambda: StoreBuilder(config).whole_run(RUN, version=None))
    [found] = experiments(config)
    assert (found.state, found.details["failure"]) == ("refused", "auc overall: 0.95, at most 0.91 required")


@pytest.mark.slow
def test_part_of_the_pipeline_is_finished(config):
    run(config, lambda: StoreBuilder(config).node(RUN, "ExampleGen"), to_node="ExampleGen")
    assert [found.state for found in experiments(config)] == ["finished"]


def test_interrupted_run_is_recorded_as_failed(config):
    def interrupt():
        StoreBuilder(config).node(RUN, "Trainer", state=RUNNING)
        raise KeyboardInterrupt

    run(config, interrupt)
    [found] = experiments(config)
    assert (found.state, found.details["nodes"][0]["state"]) == ("failed", "failed")
    assert found.details["failure"].startswith(f"run {RUN} was interrupted: received SIGINT during Trainer")


@pytest.mark.slow
def test_cached_run_is_an_experiment_of_the_same_version(config):
    run(config, pushing(config))
    again = run(config, pytest.fail, "20260101-000002")
    assert again == Recording("taxi_nogit_2", 1, ("default",))
    assert [node["state"] for node in experiments(config)[1].details["nodes"]] == ["cached"] * 6


def test_nothing_is_recorded_where_that_is_off(tmp_path):
    write_table(tmp_path)
    config = configuration(tmp_path, "registry.record=false")
    assert run(config, pushing(config)) is None
    assert not list(config.state_folder.glob("registry*"))
    assert not (config.state_folder / "unrecorded").exists()


@pytest.mark.slow
def test_registry_that_cannot_be_reached_fails_no_run_and_the_next_run_records_both_in_order(config, tmp_path):
    off = configuration(tmp_path, "registry.uri=postgresql://ada:hunter2@127.0.0.1:1/none")
    result = run(off, pushing(off))
    assert result.experiment == ""
    assert "registry postgresql://ada@127.0.0.1:1/none" in result.problem
    assert "hunter2" not in result.problem + notes.folder_of(off).joinpath(f"{RUN}.json").read_text()
    assert unrecorded(off) == [RUN]
    config = configuration(tmp_path)
    later = "20260101-000002"
    failing = raising(config, "Trainer", NodeError("x"), later)
    assert run(config, failing, later, cache=False) == Recording("taxi_nogit_2")
    assert [(found.run, found.state) for found in experiments(config)] == [
        (RUN, "pushed"), ("20260101-000002", "failed"),
    ]  # fmt: skip
    assert unrecorded(config) == []


def test_registry_file_that_is_none_fails_no_run(config):
    config.state_folder.mkdir()
    (config.state_folder / "registry.sqlite").write_text("no database" * 100)
    result = run(config, pushing(config))
    assert "registry" in result.problem
    assert unrecorded(config) == [RUN]


def test_rows_of_a_failed_run_are_kept_where_that_is_configured(tmp_path):
    write_table(tmp_path)
    config = configuration(tmp_path, "registry.keep_rows=true")
    run(config, raising(config, "Trainer", NodeError("x")))
    [found] = experiments(config)
    assert found.data["kept"] == f"state/rows/taxi/{RUN}.parquet"
    assert (tmp_path / found.data["kept"]).is_file()


@pytest.mark.slow
def test_run_is_recorded_at_a_server_and_later_if_the_token_is_wrong(tmp_path):
    write_table(tmp_path)
    server = tmp_path / "server"
    server.mkdir()
    with DatabaseClient("sqlite:///registry.sqlite", root=server) as registry:
        _, token = registry.create_token(TokenBody(name="cluster", scopes=("read", "write", "promote")))
    with started(server) as (_, url):
        settings = [f"registry.uri={url}", "registry.promote=blessed"]
        wrong = configuration(tmp_path, *settings, PENSTOCK_REGISTRY__TOKEN="wrong")  # noqa: S106
        result = run(wrong, pushing(wrong))
        assert result.experiment == ""
        assert "token" in result.problem
        right = configuration(tmp_path, *settings, PENSTOCK_REGISTRY__TOKEN=token)
        assert record_unrecorded(right) == Recording("taxi_nogit_1", 1, ("default",))
        assert experiments(right)[0].state == "pushed"
        assert token not in experiments(right)[0].model_dump_json()
    later = "20260101-000002"
    assert run(right, raising(right, "Trainer", NodeError("x"), later), later, cache=False).experiment == ""
    assert unrecorded(right) == [later]


KILLED = """
import os, signal, sys
from pathlib import Path
from penstock.registry.recording import recorder
from pipeline import recording
from pipeline.plan import RunOptions
from tests.kept_run import KeptRun
from tests.metadata_store import RUNNING, StoreBuilder, configuration
from tests.registry_server import started
from tests.pipeline.sessions import run_with

config = configuration(Path({folder!r}))
kill = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
{prepare}
run_with(config, RunOptions({run!r}), work)
"""
WHOLE = f"work = lambda: KeptRun(config, {RUN!r})\n"
# What is killed: before the record, in the middle of a transaction that writes, between experiment and version.
POINTS = {
    "between push and record": WHOLE + "recording._record = kill",
    "in the transaction of the experiment": WHOLE
    + "from penstock.registry.store import experiments\nexperiments._write_values = kill",
    "in the transaction of the version": WHOLE + "from penstock.registry.store import versions\nversions.point = kill",
    "before the note is removed": WHOLE + "from penstock.registry.recording import notes\nnotes.remove = kill",
}


def kill(config, prepare):
    code = KILLED.format(folder=str(config.root), run=RUN, prepare=prepare)
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("by", ["resume", "run"])
def test_killed_run_is_recorded_once_by_resume_or_the_next_run(config, point, by):
    kill(config, POINTS[point])
    assert unrecorded(config) == [RUN]
    if by == "resume":
        assert record_unrecorded(config) == Recording("taxi_nogit_1", 1, ("default",))
        assert record_unrecorded(config) is None
    else:
        later = "20260101-000002"
        run(config, raising(config, "Trainer", NodeError("x"), later), later, cache=False)
    found = experiments(config)
    assert [(each.run, each.state) for each in found][:1] == [(RUN, "pushed")]
    assert len(found) == (1 if by == "resume" else 2)
    with open_registry(config) as registry:
        assert [each.number for each in registry.versions(found[0].model_id).items] == [1]
        assert registry.faults() == []
    assert unrecorded(config) == []


@pytest.mark.slow
def test_run_that_was_killed_in_a_node_is_recorded_as_failed(config):
    kill(
        config,
        f"def work():\n    StoreBuilder(config).node({RUN!r}, 'Trainer', state=RUNNING)\n    kill()",
    )
    record_unrecorded(config)
    [found] = experiments(config)
    assert (found.state, found.details["failure"]) == ("failed", "the process of the run ended before its last node")
    assert [(node["id"], node["state"]) for node in found.details["nodes"]] == [("Trainer", "failed")]


@pytest.mark.parametrize(
    ("recording", "line"),
    [
        (Recording("taxi_1a2b3c4_2", 3, ("default", "blue")), "Recorded: taxi_1a2b3c4_2, version 3 (default, blue)"),
        (Recording("taxi_1a2b3c4_2", 3), "Recorded: taxi_1a2b3c4_2, version 3"),
        (Recording("taxi_1a2b3c4-dirty_2"), "Recorded: taxi_1a2b3c4-dirty_2"),
        (Recording("taxi_2", problem="1 differs."), "Recorded: taxi_2, without its version: 1 differs."),
        (Recording(problem="it is down."), "Not recorded yet, the next run does it: it is down."),
    ],
)
def test_line_says_what_became_of_the_record(recording, line):
    assert recording.line == line


def test_peak_belongs_to_the_nodes_that_ran_since_the_last_measurement(config):
    builder = StoreBuilder(config)
    for node, state in (("ExampleGen", 3), ("Trainer", RUNNING)):
        builder.node(RUN, node, state=state)
    nodes = lineage.run(config.store, RUN).nodes
    running = Running()
    running.measured(nodes, since=0, peak=5)
    running.measured(nodes, since=nodes[0].started + 1_000, peak=9)
    running.measured(nodes, since=0, peak=3)
    running.measured(nodes, since=0, peak=None)
    assert running.peaks == {"ExampleGen": 5, "Trainer": 9}


def test_run_of_a_notebook_is_recorded_once_with_its_version(config):
    KeptRun(config, RUN)
    done = replace(lineage.run(config.store, RUN), id="notebook-1")
    for _ in range(2):
        assert record_notebook(config, done) == Recording("taxi_nogit_1", 1, ("default",))
    [found] = experiments(config)
    assert (found.run, found.state, found.description) == ("notebook-1", "pushed", "Run node by node, in a notebook.")
    assert found.configuration["name"] == "taxi"
    assert unrecorded(config) == []


@pytest.mark.slow
def test_run_of_a_notebook_that_cannot_be_recorded_is_recorded_by_the_next_run(tmp_path, config):
    KeptRun(config, RUN)
    config.state_folder.joinpath("registry.sqlite").mkdir()
    done = replace(lineage.run(config.store, RUN), id="notebook-1")
    assert "unable to open database file" in record_notebook(config, done).problem
    assert unrecorded(config) == ["notebook-1"]
    config.state_folder.joinpath("registry.sqlite").rmdir()
    run(config, pushing(config, "20260102-000001", 2), "20260102-000001")
    assert [found.run for found in experiments(config)] == ["notebook-1", "20260102-000001"]


def test_run_of_a_notebook_is_not_recorded_if_runs_are_not(tmp_path):
    config = configuration(tmp_path, "registry.record=false")
    KeptRun(config, RUN)
    assert record_notebook(config, lineage.run(config.store, RUN)) is None
    assert not config.state_folder.joinpath("registry.sqlite").exists()


def test_push_of_a_notebook_is_recorded_once_and_that_of_another_model_is_another_run(config):
    KeptRun(config, RUN)
    done, notebook = lineage.run(config.store, RUN), Notebook(config)
    trained_again = [replace(node, inputs=(98, 99)) if node.id == "Pusher" else node for node in done.nodes]
    assert notebook.after("Trainer", done) is None
    runs = done, done, replace(done, nodes=tuple(trained_again))
    recorded = [notebook.after("Pusher", run) for run in runs]
    first, second = experiments(config)
    assert [each.experiment for each in recorded] == [first.name, first.name, second.name]
    assert first.run.startswith("notebook-")
    assert second.run == f"{first.run}-2"
