"""What belongs around a run: one at a time, clean after an interruption, recorded whatever happens."""

import os
import signal
import sys
import threading
import time

import pytest
from filelock import Timeout

from pipeline import locks
from pipeline.errors import ConfigError, DataError, Interrupted, NodeError, StoreError
from pipeline.execution import carry_out, failed_node, log_file, sweep, work
from pipeline.plan import RunOptions
from tests.holding import claimed_by_another, held_by_another
from tests.pipeline.metadata_store import COMPLETE, FAILED, RUNNING, StoreBuilder, configuration

RUN = RunOptions("20260101-000001")
HOLD = """
from filelock import FileLock
lock = FileLock({file!r})
lock.acquire()
"""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "trips.csv").write_text("miles,tip\n1,0\n")
    return configuration(tmp_path)


def recorded(config, run=RUN.run_id, **states):
    """Return work that records nodes of the run in these states."""

    def record():
        builder = StoreBuilder(config)
        for node, state in states.items():
            builder.node(run, node, outputs={"out": ("Model", {})}, state=state)

    return record


def executions(config):
    """Return each execution's state, by its number."""
    return {e.id: e.last_known_state for e in StoreBuilder(config).store.get_executions()}


def make_output(config, *parts):
    folder = config.artifacts.joinpath(*map(str, parts))
    folder.mkdir(parents=True)
    (folder / "half").touch()
    return folder


def lock_of(config, name="taxi.lock"):
    return str(config.path("state") / name)


def test_run_is_carried_out_and_read_back(config):
    run = carry_out(config, RUN, recorded(config, ExampleGen=COMPLETE, Trainer=COMPLETE))
    assert (run.id, run.state) == (RUN.run_id, "partial")
    assert [(node.id, node.state) for node in run.nodes] == [("ExampleGen", "ran"), ("Trainer", "ran")]


def test_unknown_node_is_refused_before_anything_is_made(config, tmp_path):
    with pytest.raises(ConfigError, match="--to Trainr"):
        carry_out(config, RunOptions("r", to_node="Trainr"), recorded(config))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipeline.toml", "trips.csv"]


@pytest.mark.parametrize("lock", ["taxi.lock", "taxi.worker.lock"])
def test_second_run_beside_another_process_is_refused_at_once(config, monkeypatch, lock):
    monkeypatch.setattr(locks, "WORKER_WAIT_SECONDS", 0.2)
    config.path("state").mkdir()
    with held_by_another(HOLD.format(file=lock_of(config, lock))):
        started = time.monotonic()
        with pytest.raises(StoreError) as refused:
            carry_out(config, RUN, recorded(config, ExampleGen=COMPLETE))
        assert time.monotonic() - started < 10
    assert str(refused.value) == (
        "pipeline taxi: expected no other run of it, received one that is under way; wait for it to end."
    )
    assert executions(config) == {}
    assert carry_out(config, RUN, recorded(config, ExampleGen=COMPLETE)).state == "partial"


def test_run_waits_for_the_worker_of_a_killed_one_to_end(config):
    config.path("state").mkdir()
    with held_by_another(HOLD.format(file=lock_of(config, "taxi.worker.lock"))) as worker:
        threading.Timer(0.3, worker.kill).start()
        assert carry_out(config, RUN, recorded(config, ExampleGen=COMPLETE)).state == "partial"


def test_pipeline_of_another_name_runs_beside(config, tmp_path):
    other = configuration(tmp_path, "name=other")
    config.path("state").mkdir()
    with held_by_another(HOLD.format(file=lock_of(config))):
        assert carry_out(other, RUN, recorded(other, ExampleGen=COMPLETE)).state == "partial"


def test_killed_run_is_swept_by_the_next(config):
    with claimed_by_another(config, RUN.run_id):
        recorded(config, ExampleGen=COMPLETE, Trainer=RUNNING)()
    first, second = executions(config)
    kept = make_output(config, "ExampleGen", "examples", first)
    half = make_output(config, "Trainer", "model", second)
    system = make_output(config, "Trainer", ".system", "stateful_working_dir", second)
    sweep(config)
    assert executions(config) == {first: COMPLETE, second: FAILED}
    assert (kept / "half").exists()
    assert not half.exists()
    assert not system.exists()
    sweep(config)
    assert executions(config) == {first: COMPLETE, second: FAILED}


def test_sweep_leaves_folders_that_no_node_of_the_run_made(config, tmp_path):
    with claimed_by_another(config, RUN.run_id):
        recorded(config, Trainer=RUNNING)()
    notes = tmp_path / "notes"
    (notes / "1").mkdir(parents=True)
    (notes / "1" / "notes.txt").write_text("mine")
    other = make_output(config, "photos", "summer", 1)
    config.artifacts.joinpath("Trainer").mkdir(parents=True)
    config.artifacts.joinpath("Trainer", "model").symlink_to(notes)
    sweep(config)
    assert executions(config) == {1: FAILED}
    assert (other / "half").exists()
    assert (notes / "1" / "notes.txt").read_text() == "mine"


def test_sweep_leaves_a_folder_of_the_user_with_the_name_of_a_snapshot(config):
    rows = config.path("state") / "taxi.rows"
    rows.mkdir(parents=True)
    (rows / "notes.txt").write_text("mine")
    sweep(config)
    assert (rows / "notes.txt").read_text() == "mine"


def test_sweep_leaves_other_pipelines_of_the_store_alone(config, tmp_path):
    other = configuration(tmp_path, "name=other")
    with claimed_by_another(other, RUN.run_id):
        recorded(other, Trainer=RUNNING)()
    output = make_output(other, "Trainer", "model", 1)
    sweep(config)
    recorded(config, ExampleGen=COMPLETE)()
    sweep(config)
    assert executions(config)[1] == RUNNING
    assert output.exists()


def test_living_run_of_another_state_folder_in_the_same_store_is_left_alone(config, tmp_path):
    other = configuration(tmp_path, "state.directory=other", "metadata.uri=sqlite:///state/metadata.sqlite")
    other.path("other").mkdir()
    with claimed_by_another(config, RUN.run_id):
        recorded(config, Trainer=RUNNING)()
        output = make_output(config, "Trainer", "model", 1)
        assert carry_out(other, RunOptions("theirs"), recorded(other, run="theirs", ExampleGen=COMPLETE)).id == "theirs"
        assert (executions(config)[1], output.exists()) == (RUNNING, True)
    carry_out(other, RunOptions("later"), recorded(other, run="later", ExampleGen=COMPLETE))
    assert executions(config)[1] == FAILED


def raising(error, then=lambda: None):
    def fail():
        then()
        raise error

    return fail


@pytest.mark.parametrize("error", [NodeError("node Trainer failed"), NodeError("", "", "", "", ("a",))])
def test_failed_node_leaves_no_execution_running(config, error):
    with pytest.raises(NodeError) as failed:
        carry_out(config, RUN, raising(error, recorded(config, ExampleGen=COMPLETE, Trainer=RUNNING)))
    assert failed.value is error
    assert sorted(executions(config).values()) == [COMPLETE, FAILED]


def test_data_error_of_a_node_leaves_no_execution_running(config):
    with pytest.raises(DataError):
        carry_out(config, RUN, raising(DataError("line 7"), recorded(config, ExampleGen=RUNNING)))
    assert list(executions(config).values()) == [FAILED]


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)


@pytest.mark.parametrize(
    ("stop", "how", "code"), [(raising(KeyboardInterrupt()), "SIGINT", 130), (terminate, "SIGTERM", 143)]
)
def test_stopped_run_is_swept_and_says_how_to_go_on(config, stop, how, code):
    before = signal.getsignal(signal.SIGTERM)

    def stopped():
        recorded(config, Trainer=RUNNING)()
        stop()

    with pytest.raises(Interrupted) as interrupted:
        carry_out(config, RUN, stopped)
    said = f"run {RUN.run_id} was interrupted: received {how} during Trainer; `penstock resume` goes on from there."
    assert str(interrupted.value) == said
    assert interrupted.value.exit_code == code
    assert list(executions(config).values()) == [FAILED]
    assert signal.getsignal(signal.SIGTERM) == before
    assert (
        carry_out(config, RunOptions("next"), lambda: StoreBuilder(config).node("next", "Trainer")).state == "partial"
    )


def test_run_in_a_thread_leaves_signals_alone(config):
    found = []
    thread = threading.Thread(
        target=lambda: found.append(carry_out(config, RUN, recorded(config, ExampleGen=COMPLETE)).state)
    )
    thread.start()
    thread.join()
    assert found == ["partial"]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({}, "the run failed"),
        ({"ExampleGen": COMPLETE}, "the run failed"),
        ({"ExampleGen": COMPLETE, "Trainer": FAILED}, "node Trainer failed"),
        ({"ExampleGen": COMPLETE, "Trainer": RUNNING}, "node Trainer failed"),
    ],
)
def test_node_that_failed_is_named_as_far_as_the_store_knows(config, states, words):
    recorded(config, **states)()
    assert failed_node(config, RUN) == words


def test_log_has_the_name_of_the_run(config, tmp_path):
    assert log_file(config, RUN.run_id) == tmp_path / "state" / "logs" / f"{RUN.run_id}.log"


@pytest.mark.e2e
def test_nodes_see_no_arguments_and_hold_the_worker_lock(config, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["penstock", "run", "--json"])
    config.path("state").mkdir()
    seen = []

    def launch(ir):
        seen.append((list(sys.argv), ir.pipeline_info.id))
        with pytest.raises(Timeout):
            locks.worker_lock(config).acquire(timeout=0)

    work(config, RUN, launch)
    assert seen == [(["penstock"], "taxi")]
    assert sys.argv == ["penstock", "run", "--json"]
    locks.worker_lock(config).acquire(timeout=0)


def wrapped(inner):
    try:
        raise inner
    except Exception as error:
        outer = RuntimeError("Beam says: " + "x" * 1000)
        outer.__cause__ = error
        return outer


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (DataError("line 7", "a number"), NodeError, "line 7: expected a number."),
        (wrapped(DataError("line 7", "a number")), NodeError, "line 7: expected a number."),
        (
            ValueError("first line\nsecond line"),
            NodeError,
            "node Trainer failed: received ValueError: first line; read {log}, then `penstock resume`.",
        ),
        (KeyError(), NodeError, "node Trainer failed: received KeyError: ; read {log}, then `penstock resume`."),
    ],
)
def test_what_a_node_raises_becomes_one_sentence(config, error, kind, sentence):
    recorded(config, ExampleGen=COMPLETE, Trainer=FAILED)()
    with pytest.raises(kind) as failed:
        work(config, RUN, lambda ir: raising(error)())
    assert str(failed.value) == sentence.format(log=log_file(config, RUN.run_id))
    assert len(str(failed.value)) < 600
