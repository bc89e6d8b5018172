"""A machine of the cluster that is lost in the middle of a run costs time, and no row."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError

import pytest

from penstock.core.documents.data import RowCounts
from scripts.cluster.flink import Size
from scripts.cluster.programs import kill, running
from tests.clusters.conftest import Cluster, flink_cluster, taxi
from tests.stacks.comparing import records

pytestmark = pytest.mark.cluster


def busy_task_manager(cluster: Cluster) -> str:
    """Wait for a subtask that runs, and return the name of its TaskManager's program."""
    for _ in range(1200):
        # The page answers 503 while Flink begins a job, and 404 once it has ended.
        with suppress(HTTPError):
            for identifier in task_managers_at_work(cluster):
                return program_of(cluster, identifier)
        time.sleep(0.1)
    raise AssertionError("no subtask was running")


def task_managers_at_work(cluster: Cluster) -> Iterator[str]:
    """Yield the identifier of the TaskManager of each subtask that runs, except in the check before a run."""
    for job in cluster.rest("jobs/overview")["jobs"]:
        if job["state"] != "RUNNING" or "penstock-check" in job["name"]:
            continue
        for vertex in cluster.rest(f"jobs/{job['jid']}")["vertices"]:
            details = cluster.rest(f"jobs/{job['jid']}/vertices/{vertex['id']}")
            yield from (each["taskmanager-id"] for each in details["subtasks"] if each["status"] == "RUNNING")


def program_of(cluster: Cluster, identifier: str) -> str:
    """Return the program whose log has a TaskManager's identifier, which begins with its address."""
    port = identifier.partition("-")[0].rpartition(":")[2]
    for name, process in running(cluster.folder).items():
        if any(str(each.laddr.port) == port for each in process.net_connections(kind="tcp") if each.laddr):
            return name
    raise AssertionError(f"no program listens on the port of {identifier}")


def only_folder(project, node: str, key: str) -> Path:
    """Return the only artifact of an output."""
    outputs = project.folder / "state" / "artifacts" / "chicago-taxi" / node / key
    [found] = [path for path in outputs.iterdir() if path.is_dir()]
    return found


def test_run_goes_on_without_a_task_manager_that_was_killed(tmp_path, tables, pool):
    local = tables.local(15_002)
    project = taxi(tmp_path / "project", tables.rows(15_002))
    with flink_cluster(tmp_path / "flink", Size(task_managers=2, slots=4)) as cluster:
        process = project.start("run", "--json", *cluster.settings("--parallelism=2", workers=pool))
        project.wait_for("TableExampleGen", process)
        lost = busy_task_manager(cluster)
        kill(cluster.folder, lost)
        out, err = process.communicate(timeout=600)
        assert lost not in running(cluster.folder)
    assert process.returncode == 0, f"{out}\n{err}"
    place = only_folder(project, "ExampleGen", "examples")
    here = local.places["ExampleGen.examples"]
    assert sum(records(place, "train"), []) == sum(records(here, "train"), [])
    assert RowCounts.read(only_folder(project, "RowCountGate", "rows")) == RowCounts.read(
        local.places["RowCountGate.rows"]
    )
    assert list(place.rglob(".*")) == []


def test_run_on_the_only_task_manager_fails_in_words_and_is_resumed(tmp_path, tables, pool):
    project = taxi(tmp_path / "project", tables.rows(15_002))
    with flink_cluster(tmp_path / "flink", Size(task_managers=1, slots=2)) as cluster:
        process = project.start("run", *cluster.settings("--parallelism=2", workers=pool))
        project.wait_for("StatisticsGen", process)
        kill(cluster.folder, busy_task_manager(cluster))
        _, err = process.communicate(timeout=600)
    assert process.returncode == 1
    [line] = err.strip().splitlines()
    assert line
    artifacts = project.folder / "state" / "artifacts" / "chicago-taxi"
    assert list(artifacts.glob("StatisticsGen/statistics/*/*")) == []
    done = project.run("resume")
    assert (done["exit"], done["state"]) == (0, "pushed"), done
