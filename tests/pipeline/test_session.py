"""A run from its checks to its result: exclusive, cleaned up after an interruption, and always recorded."""

import os
import signal
import sys
import threading
import time

import pytest
from filelock import Timeout

from penstock.core.errors import ConfigError, DataError, Interrupted, NodeError, StoreError
from pipeline import plan, session
from pipeline.plan import RunOptions
from pipeline.session import InProcess, failed_node, interruption_of, log_file, run_lock, sweep, worker_lock
from pipeline.snapshots import snapshot_folder
from tests.metadata_store import COMPLETE, FAILED, RUNNING, StoreBuilder, configuration
from tests.other_process import claimed_by_other_process, run_in_other_process
from tests.pipeline.sessions import RecordedUpdates, Recording, run_with, write_table
from tests.pipeline.test_plan import Noon
from tests.pipeline.test_snapshots import SETTINGS, fill

RUN = RunOptions("20260101-000001")
HOLD = """
from filelock import FileLock
lock = FileLock({file!r})
lock.acquire()
"""


@pytest.fixture
def config(tmp_path):
    write_table(tmp_path)
    return configuration(tmp_path)


def recorded(config, run=RUN.run_id, **states):
    """Return a function that records nodes of the run in these states."""

    def record():
        builder = StoreBuilder(config)
        for node, state in states.items():
            builder.node(run, node, outputs={"out": ("Model", {})}, state=state)

    return record


def executions(config):
    """Return the state of each execution by its number."""
    return {e.id: e.last_known_state for e in StoreBuilder(config).store.get_executions()}


def make_output(config, *parts):
    folder = config.artifacts.joinpath(*map(str, parts))
    folder.mkdir(parents=True)
    (folder / "half").touch()
    return folder


def lock_of(config, name="taxi.lock"):
    return str(config.path("state") / name)


def test_run_returns_its_record_in_the_store(config):
    run = run_with(config, RUN, recorded(config, ExampleGen=COMPLETE, Trainer=COMPLETE))
    assert (run.id, run.state) == (RUN.run_id, "partial")
    assert [(node.id, node.state) for node in run.nodes] == [("ExampleGen", "ran"), ("Trainer", "ran")]


def test_run_reports_its_events_in_the_order_of_its_steps(config):
    updates = RecordedUpdates()
    run_with(config, RUN, recorded(config, ExampleGen=COMPLETE), updates)
    assert updates.events == [("checked", ((), ())), ("started", RUN.run_id)]
    # While the nodes run, and again at the end.
    assert [[(node.id, node.state) for node in run.nodes] for run in updates.runs] == [[("ExampleGen", "ran")]] * 2


def test_warnings_of_the_table_are_reported_before_the_run_has_a_name(tmp_path):
    rows = "".join(f"{number},{('low', 'Low ', 'mid', 'high')[number % 4]}\n" for number in range(200))
    (tmp_path / "trips.csv").write_text(f"miles,tip\n{rows}")
    config, updates = configuration(tmp_path, "model.task=multiclass", "evaluation.metric=accuracy"), RecordedUpdates()
    run_with(config, RUN, recorded(config, ExampleGen=COMPLETE), updates)
    [(_, (notes, [warning])), started] = updates.events
    assert notes == ()
    assert warning.startswith("The label 'tip' has values that differ in spelling only: 'Low ' 50, 'low' 50;")
    assert started == ("started", RUN.run_id)


def test_run_without_a_name_is_named_after_the_time(config, monkeypatch):
    monkeypatch.setattr(plan, "datetime", Noon)
    recorded(config, run="20260504-120000", ExampleGen=COMPLETE)()
    launch = Recording(recorded(config, run="20260504-120000-2", ExampleGen=COMPLETE))
    assert session.run(config, RunOptions(), launch).id == "20260504-120000-2"
    assert [options.run_id for _, options in launch.given] == ["20260504-120000-2"]


@pytest.mark.slow
def test_name_of_a_running_run_of_the_store_gets_a_number(config, tmp_path):
    other = configuration(tmp_path, "state.directory=other", "metadata.uri=sqlite:///state/metadata.sqlite")
    config.path("state").mkdir()
    with claimed_by_other_process(config, RUN.run_id):
        run = run_with(other, RUN, recorded(other, run=f"{RUN.run_id}-2", ExampleGen=COMPLETE))
    assert run.id == f"{RUN.run_id}-2"


@pytest.mark.parametrize(
    ("earlier", "options", "starts"),
    [
        (False, RUN, True),
        (True, RUN, False),
        (True, RunOptions(RUN.run_id, cache=False), True),
        (True, RunOptions(RUN.run_id, to_node="Transform"), True),
        (True, RunOptions(RUN.run_id, resume="earlier"), True),
    ],
    ids=["no earlier run", "an earlier run", "no cache", "a part", "resumed"],
)
def test_imports_start_before_the_check_if_no_run_can_be_repeated(config, earlier, options, starts):
    if earlier:
        recorded(config, run="earlier", ExampleGen=FAILED)()
    launch = Recording(recorded(config, ExampleGen=COMPLETE))
    checked = []
    launch.call = lambda _, function, *arguments: checked.append(list(launch.calls)) or function(*arguments)
    session.run(config, options, launch)
    assert checked == [["start"] if starts else []]
    assert launch.calls == [*checked[0], "run"]


@pytest.mark.slow
@pytest.mark.parametrize("settings", [(), SETTINGS], ids=["files", "a database"])
def test_resumed_run_reuses_finished_nodes_only_with_the_same_data_settings_and_code(tmp_path, settings):
    write_table(tmp_path)
    fill(tmp_path, [(number / 2, number % 2) for number in range(60)])
    config = configuration(tmp_path, *settings)

    def resumed(name):
        launch, updates = Recording(recorded(config, run=name, ExampleGen=FAILED)), RecordedUpdates()
        session.run(config, RunOptions(name, resume="first"), launch, updates)
        [(given, options)] = launch.given
        return options.resume, given.input.snapshot, updates.notes

    launch = Recording(recorded(config, run="first", Trainer=FAILED))
    session.run(config, RunOptions("first"), launch)
    snapshot = str(snapshot_folder(config)) if settings else None
    assert resumed("second") == ("first", snapshot, [])
    write_table(tmp_path, 2.0)
    fill(tmp_path, [(number / 2, number % 2) for number in range(61)])
    changed = "Data, settings, code or packages changed since run first: the cache decides."
    assert resumed("third") == (None, snapshot, [changed])
    # A part of a run has no recorded key to compare with.
    (config.path("state") / "keys" / "first").unlink()
    assert resumed("fourth") == (None, snapshot, [])


def test_rows_of_a_database_are_fetched_once_after_a_report(tmp_path):
    fill(tmp_path, [(number / 2, number % 2) for number in range(60)])
    config, updates = configuration(tmp_path, *SETTINGS), RecordedUpdates()
    launch = Recording(lambda: fill(tmp_path, []) or recorded(config, ExampleGen=COMPLETE)())
    session.run(config, RUN, launch, updates)
    assert updates.events[0] == ("reading", f"the table trips of sqlite:///{tmp_path}/rows.db")
    assert [kind for kind, _ in updates.events] == ["reading", "checked", "started"]
    assert [given.input.snapshot for given, _ in launch.given] == [str(snapshot_folder(config))]
    assert not snapshot_folder(config).exists()


def test_nothing_is_fetched_while_another_run_is_running(tmp_path):
    fill(tmp_path, [(1.0, 0)])
    config, updates = configuration(tmp_path, *SETTINGS), RecordedUpdates()
    config.path("state").mkdir()
    with (
        run_in_other_process(HOLD.format(file=lock_of(config))),
        pytest.raises(StoreError, match="one that is running"),
    ):
        session.run(config, RUN, Recording(), updates)
    assert updates.events == []
    assert not snapshot_folder(config).exists()


@pytest.mark.parametrize("settings", [(), SETTINGS], ids=["files", "a database"])
def test_state_folder_that_cannot_be_written_is_a_sentence(tmp_path, settings):
    write_table(tmp_path)
    fill(tmp_path, [(1.0, 0)])
    (tmp_path / "taken").touch()
    config = configuration(tmp_path, *settings, "state.directory=taken/state")
    with pytest.raises(ConfigError, match="state.directory: .*expected a folder that can be written"):
        session.run(config, RUN, Recording())


def test_lock_is_exclusive_in_its_block_and_free_afterwards(config):
    refused = []

    def another() -> None:
        with pytest.raises(StoreError, match="expected no other run of it"), run_lock(config):
            pass
        refused.append(True)

    with run_lock(config):
        thread = threading.Thread(target=another)
        thread.start()
        thread.join()
    assert refused == [True]
    with run_lock(config):
        pass


def test_table_that_is_refused_leaves_no_folder_of_a_run_and_no_record(config, tmp_path):
    (tmp_path / "trips.csv").write_text("miles,tip\n1,0\n")
    launch = Recording()
    with pytest.raises(DataError):
        session.run(config, RUN, launch)
    assert "run" not in launch.calls
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipeline.toml", "state", "trips.csv"]
    assert {path.suffix for path in config.path("state").iterdir()} == {".lock"}


def test_start_at_a_node_without_an_earlier_run_is_refused_before_anything_is_imported_or_made(config, tmp_path):
    launch = Recording()
    with pytest.raises(ConfigError, match="run once without --from"):
        session.run(config, RunOptions("r", from_node="Trainer"), launch)
    assert launch.calls == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipeline.toml", "trips.csv"]


def test_unknown_node_is_refused_before_anything_is_made(config, tmp_path):
    with pytest.raises(ConfigError, match="--to Trainr"):
        run_with(config, RunOptions("r", to_node="Trainr"), recorded(config))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipeline.toml", "trips.csv"]


@pytest.mark.slow
@pytest.mark.parametrize("lock", ["taxi.lock", "taxi.worker.lock"])
def test_second_run_in_another_process_is_refused_without_waiting(config, monkeypatch, lock):
    monkeypatch.setattr(session, "WORKER_WAIT_SECONDS", 0.2)
    config.path("state").mkdir()
    with run_in_other_process(HOLD.format(file=lock_of(config, lock))), pytest.raises(StoreError) as refused:
        run_with(config, RUN, recorded(config, ExampleGen=COMPLETE))
    assert str(refused.value) == (
        "pipeline taxi: expected no other run of it, received one that is running; wait for it to end."
    )
    assert executions(config) == {}
    assert run_with(config, RUN, recorded(config, ExampleGen=COMPLETE)).state == "partial"


@pytest.mark.slow
def test_run_waits_for_the_worker_of_a_killed_one_to_end(config):
    config.path("state").mkdir()
    with run_in_other_process(HOLD.format(file=lock_of(config, "taxi.worker.lock"))) as worker:
        threading.Timer(0.3, worker.kill).start()
        assert run_with(config, RUN, recorded(config, ExampleGen=COMPLETE)).state == "partial"


@pytest.mark.slow
def test_pipeline_of_another_name_runs_concurrently(config, tmp_path):
    other = configuration(tmp_path, "name=other")
    config.path("state").mkdir()
    with run_in_other_process(HOLD.format(file=lock_of(config))):
        assert run_with(other, RUN, recorded(other, ExampleGen=COMPLETE)).state == "partial"


@pytest.mark.slow
def test_next_run_cleans_up_after_a_killed_one(config):
    with claimed_by_other_process(config, RUN.run_id):
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


@pytest.mark.slow
def test_sweep_leaves_folders_that_no_node_of_the_run_made(config, tmp_path):
    with claimed_by_other_process(config, RUN.run_id):
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


@pytest.mark.slow
def test_sweep_leaves_other_pipelines_of_the_store_alone(config, tmp_path):
    other = configuration(tmp_path, "name=other")
    with claimed_by_other_process(other, RUN.run_id):
        recorded(other, Trainer=RUNNING)()
    output = make_output(other, "Trainer", "model", 1)
    sweep(config)
    recorded(config, ExampleGen=COMPLETE)()
    sweep(config)
    assert executions(config)[1] == RUNNING
    assert output.exists()


@pytest.mark.slow
def test_running_run_of_another_state_folder_in_the_same_store_is_left_alone(config, tmp_path):
    other = configuration(tmp_path, "state.directory=other", "metadata.uri=sqlite:///state/metadata.sqlite")
    other.path("other").mkdir()
    with claimed_by_other_process(config, RUN.run_id):
        recorded(config, Trainer=RUNNING)()
        output = make_output(config, "Trainer", "model", 1)
        assert run_with(other, RunOptions("theirs"), recorded(other, run="theirs", ExampleGen=COMPLETE)).id == "theirs"
        assert (executions(config)[1], output.exists()) == (RUNNING, True)
    run_with(other, RunOptions("later"), recorded(other, run="later", ExampleGen=COMPLETE))
    assert executions(config)[1] == FAILED


def raising(error, then=lambda: None):
    def fail():
        then()
        raise error

    return fail


@pytest.mark.parametrize("error", [NodeError("node Trainer failed"), NodeError("", "", "", "", ("a",))])
def test_failed_node_leaves_no_execution_running(config, error):
    with pytest.raises(NodeError) as failed:
        run_with(config, RUN, raising(error, recorded(config, ExampleGen=COMPLETE, Trainer=RUNNING)))
    assert failed.value is error
    assert sorted(executions(config).values()) == [COMPLETE, FAILED]


def test_data_error_of_a_node_leaves_no_execution_running(config):
    with pytest.raises(DataError):
        run_with(config, RUN, raising(DataError("line 7"), recorded(config, ExampleGen=RUNNING)))
    assert list(executions(config).values()) == [FAILED]


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stop", "how", "code"), [(raising(KeyboardInterrupt()), "SIGINT", 130), (terminate, "SIGTERM", 143)]
)
def test_stopped_run_is_cleaned_up_and_names_the_command_to_continue(config, stop, how, code):
    before = signal.getsignal(signal.SIGTERM)

    def work():
        recorded(config, Trainer=RUNNING)()
        stop()

    with pytest.raises(Interrupted) as interrupted:
        run_with(config, RUN, work)
    said = f"run {RUN.run_id} was interrupted: received {how} during Trainer; `penstock resume` goes on from there."
    assert str(interrupted.value) == said
    assert interrupted.value.exit_code == code
    assert list(executions(config).values()) == [FAILED]
    assert signal.getsignal(signal.SIGTERM) == before
    assert run_with(config, RunOptions("next"), lambda: StoreBuilder(config).node("next", "Trainer")).state == "partial"


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([], "before its first node; nothing of it was kept, start it again."),
        ([("ExampleGen", FAILED)], "during ExampleGen; `penstock resume` goes on from there."),
        ([("ExampleGen", 3), ("StatisticsGen", FAILED)], "during StatisticsGen; `penstock resume` goes on from there."),
        ([("ExampleGen", 3)], "after ExampleGen; `penstock resume` goes on from there."),
    ],
)
def test_interrupted_run_names_its_node_and_the_command_to_continue(config, nodes, said):
    builder = StoreBuilder(config)
    for name, state in nodes:
        builder.node(RUN.run_id, name, state=state)
    error = interruption_of(config, RUN)
    assert str(error) == f"run {RUN.run_id} was interrupted: received SIGINT {said}"
    assert error.exit_code == 130


def test_error_of_a_complete_run_names_show_and_not_resume(config):
    pushed = {"pushed_model": ("PushedModel", {"pushed": 1, "pushed_version": "1", "pushed_destination": "models/1"})}
    StoreBuilder(config).node(RUN.run_id, "Pusher", outputs=pushed)
    assert f"`penstock show {RUN.run_id}` shows what came out" in str(interruption_of(config, RUN))


def test_run_in_a_thread_leaves_signals_alone(config):
    found = []
    thread = threading.Thread(
        target=lambda: found.append(run_with(config, RUN, recorded(config, ExampleGen=COMPLETE)).state)
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
def test_failed_node_is_named_if_the_store_knows_it(config, states, words):
    recorded(config, **states)()
    assert failed_node(config, RUN) == words


def test_log_has_the_name_of_the_run(config, tmp_path):
    assert log_file(config, RUN.run_id) == tmp_path / "state" / "logs" / f"{RUN.run_id}.log"


@pytest.mark.slow
def test_nodes_see_no_arguments_and_hold_the_worker_lock(config, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["penstock", "run", "--json"])
    config.path("state").mkdir()
    seen = []

    def launch(ir):
        seen.append((list(sys.argv), ir.pipeline_info.id))
        with pytest.raises(Timeout):
            worker_lock(config).acquire(timeout=0)

    InProcess(launch).run(config, RUN)
    assert seen == [(["penstock"], "taxi")]
    assert sys.argv == ["penstock", "run", "--json"]
    worker_lock(config).acquire(timeout=0)


def wrapped(inner):
    try:
        raise inner
    except Exception as error:
        outer = RuntimeError("Beam says: " + "x" * 1000)
        outer.__cause__ = error
        return outer


@pytest.mark.slow
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
def test_error_of_a_node_becomes_one_sentence(config, error, kind, sentence):
    recorded(config, ExampleGen=COMPLETE, Trainer=FAILED)()
    with pytest.raises(kind) as failed:
        InProcess(lambda ir: raising(error)()).run(config, RUN)
    assert str(failed.value) == sentence.format(log=log_file(config, RUN.run_id))
    assert len(str(failed.value)) < 600
