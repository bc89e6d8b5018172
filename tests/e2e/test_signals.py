"""Signals that end a run, and SIGKILL, at each point of a run: the message, the exit code, no process left."""

import os
import signal
import sqlite3
import time
from contextlib import suppress

import psutil
import pytest

from tests.e2e.conftest import make_project
from tests.pipeline.cli import forked_worker

pytestmark = pytest.mark.e2e

# The first one leaves the most files, which the next ones find.
CODES = {signal.SIGKILL: -9, signal.SIGINT: 130, signal.SIGHUP: 129, signal.SIGTERM: 143}
SHORT = ("run", "--to", "StatisticsGen")
RUNNING = 2


def wait_until(is_so, process):
    for _ in range(60000):
        if is_so():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    raise AssertionError("it did not come so far")


def children(process):
    """Return the running child processes of the command."""
    found = psutil.Process(process.pid).children(recursive=True)
    return [child for child in found if child.status() != psutil.STATUS_ZOMBIE]


def is_worker(child):
    try:
        return child.name() == forked_worker.NAME or any(
            word.startswith("pipeline.runners") for word in child.cmdline()
        )
    except psutil.Error:  # it ended meanwhile
        return False


def workers(process):
    return [child for child in children(process) if is_worker(child)]


def stop_worker(process):
    """Stop the worker as soon as there is one; it imports modules for seconds first."""
    wait_until(lambda: workers(process), process)
    [worker] = workers(process)
    worker.suspend()


def at_check(project):
    """The table is being checked: its process waits for input."""
    rows = project.folder / "trips.csv"
    rows.rename(project.folder / "kept.csv")
    os.mkfifo(rows)
    process = project.start(*SHORT)
    wait_until(lambda: len(children(process)) > len(workers(process)) == 1, process)
    return process


def at_imports(project):
    """The table has been checked, and the worker is still importing modules: it is stopped when it has started."""
    keys = project.folder / "state" / "keys"
    before = set(keys.glob("*"))
    process = project.start(*SHORT)
    stop_worker(process)
    wait_until(lambda: len(children(process)) == 1, process)
    assert set(keys.glob("*")) == before
    return process


def executions(project):
    with suppress(sqlite3.OperationalError):
        return project.executions()
    return []


def is_at_work(execution):
    return execution[0].endswith(".StatisticsGen") and execution[1] == RUNNING


def at_node(project):
    """StatisticsGen is running in this run, not left over from a killed one."""
    before = len(executions(project))
    process = project.begin(*SHORT)  # a worker that imports is stopped above
    wait_until(lambda: workers(process), process)
    [worker] = workers(process)
    wait_until(lambda: any(is_at_work(each) for each in executions(project)[before:]), process)
    worker.suspend()  # it would go on until the signal
    return process


POINTS = {
    at_check: ["before its first node", "start it again"],
    at_imports: ["before its first node", "start it again"],
    at_node: ["during StatisticsGen", "`penstock resume` goes on from there"],
}


def end(process, how):
    """Send the signal, and return what the command says; by then no process of its own may be left."""
    mine = children(process)
    process.send_signal(how)
    for each in mine:  # a worker may be stopped; one whose parent was killed ends by itself
        with suppress(psutil.NoSuchProcess):
            each.resume()
    _, err = process.communicate(timeout=600)
    assert process.returncode == CODES[how], err
    _, alive = psutil.wait_procs(mine, timeout=120)
    assert alive == []
    return err


def make_readable(project):
    rows = project.folder / "trips.csv"
    if rows.is_fifo():
        rows.unlink()
        (project.folder / "kept.csv").rename(rows)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.__name__)
def test_each_signal_ends_a_run_with_a_sentence_and_all_processes(point, tmp_path, rows):
    project = make_project(tmp_path / "project", rows)
    # Each is also the next run after the one before. Ctrl-C in a node is in test_interruption.py.
    for how in [how for how in CODES if point is not at_node or how != signal.SIGINT]:
        err = end(point(project), how)
        make_readable(project)
        if how == signal.SIGKILL:
            assert err == ""
            continue
        [sentence] = err.splitlines()
        wanted = [f"was interrupted: received {how.name}", *POINTS[point]]
        assert [words for words in wanted if words not in sentence] == []
        assert ("penstock resume" in sentence) == (point is at_node)
    if point is at_check:
        assert project.run(*SHORT)["state"] == "partial"
    if point is at_node:
        assert RUNNING not in {state for _, state in executions(project)}
