"""Runs that are stopped by Ctrl-C or a kill, and resumed."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress

import duckdb
import pytest
from filelock import FileLock

from penstock.core import marked_folders

pytestmark = pytest.mark.e2e

RUNNING = 2


def no_running_execution(project):
    return all(state != RUNNING for _, state in project.executions())


def test_ctrl_c_is_one_sentence_and_the_run_can_be_resumed(project):
    process = project.begin("run")
    project.wait_for("Transform", process)
    _, err = project.interrupt(process, signal.SIGINT)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "penstock resume" in err
    assert "Traceback" not in err
    assert not project.workers()
    assert no_running_execution(project)
    found = project.run("resume")
    states = project.states(found)
    assert found["state"] == "pushed"
    assert [states[node] for node in ("ExampleGen", "StatisticsGen", "AnomalyGate")] == ["cached"] * 3
    assert states["Transform"] == "ran"
    assert project.versions() == ["1"]


def test_a_worker_that_is_killed_in_the_trainer_fails_the_run_and_it_can_be_resumed(project):
    process = project.begin("run")
    project.wait_for("Trainer", process)
    [worker] = project.workers()
    os.kill(worker, signal.SIGKILL)
    _, err = process.communicate(timeout=600)
    assert process.returncode == 1
    assert "node Trainer failed" in err
    assert "signal 9" in err
    assert no_running_execution(project)
    assert not list((project.folder / "state" / "artifacts" / "small-taxi" / "Trainer" / "model").glob("*"))
    found = project.run("resume")
    states = project.states(found)
    assert found["state"] == "pushed"
    assert states["Transform"] == "cached"
    assert states["Trainer"] == "ran"
    assert project.versions() == ["1"]


@pytest.fixture
def larger(project):
    """The project with its rows a hundred times, so that ExampleGen takes a while; a run ends after it."""
    rows, many = project.folder / "trips.csv", project.folder / "many.csv"
    duckdb.sql(f"COPY (SELECT t.* FROM read_csv('{rows}') AS t, range(100)) TO '{many}'")
    many.rename(rows)
    return project


def examples(project):
    return [file for file in (project.folder / "state" / "artifacts").glob("*/ExampleGen/**/*") if file.is_file()]


def is_half_written(project):
    with suppress(FileNotFoundError):  # what was being written when it was listed may have its name by now
        return any(file.name.endswith(".writing") and file.stat().st_size for file in examples(project))
    return False


def wait_until_half_written(project, process):
    while not is_half_written(project):
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)


def test_a_worker_that_is_killed_in_example_gen_leaves_no_half_artifact(larger):
    process = larger.begin("run", "--to", "ExampleGen")
    larger.wait_for("TableExampleGen", process)
    wait_until_half_written(larger, process)
    [worker] = larger.workers()
    os.kill(worker, signal.SIGKILL)
    _, err = process.communicate(timeout=600)
    assert process.returncode == 1
    assert "node ExampleGen failed" in err
    assert "signal 9" in err
    assert examples(larger) == []
    assert no_running_execution(larger)
    found = larger.run("run", "--to", "ExampleGen")
    assert found["state"] == "partial"
    assert larger.states(found)["ExampleGen"] == "ran"
    assert sum(found["rows"].values()) == 200_000


@pytest.fixture
def small_state(larger):
    """The project with its state on a disk of four megabytes, which only root can mount."""
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    place = larger.folder / "state"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    yield larger
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_full_is_one_sentence_and_leaves_no_half_artifact(small_state):
    done = small_state.penstock("run", "--to", "ExampleGen")
    assert done.returncode == 1
    [sentence] = done.stderr.splitlines()
    wrong = "free space for what is written", "no space left on device", "free some there"
    assert [words for words in wrong if words not in sentence] == []
    assert examples(small_state) == []
    assert no_running_execution(small_state)


def test_a_run_refuses_another_one_and_killed_in_the_push_leaves_one_version_after_resume(project):
    models = project.folder / "models"
    models.mkdir()
    with FileLock(models / ".lock"):  # the push waits here
        process = project.begin("run")
        project.wait_for("Pusher", process)
        second = project.penstock("run")
        assert second.returncode == 2
        assert "one that is running" in second.stderr
        process.kill()
        process.wait()
    marked_folders.make(models / ".staging-left")
    found = project.run("resume")
    assert found["state"] == "pushed"
    assert project.states(found)["Evaluator"] == "cached"
    assert project.states(found)["Pusher"] == "ran"
    assert project.versions() == ["1"]
    assert not list(models.glob(".staging-*"))
    assert no_running_execution(project)


def test_resume_without_an_unfinished_run_is_refused(pushed):
    done = pushed.penstock("resume")
    assert done.returncode == 2
    assert "which ended: pushed" in done.stderr
