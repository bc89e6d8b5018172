"""What is wrong with a cluster is one sentence, and nothing is half-written."""

import socket
import sys
import threading
import venv
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from scripts.cluster.flink import Size
from tests.clusters.conftest import ROOT, Project, flink_cluster, taxi, worker_pool

pytestmark = pytest.mark.cluster

# Beam's own pool, which prints its address and runs until it is stopped.
BEAMS_POOL = """
import time
from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer
address, server = BeamFnExternalWorkerPoolServicer.start(use_process=True)
print(address.replace("localhost", "127.0.0.1"), flush=True)
time.sleep(3600)
"""


@pytest.fixture
def project(tmp_path, tables) -> Project:
    return taxi(tmp_path / "project", tables.rows(15_002))


def refused(project: Project, *words: str) -> str:
    """Run, and return the one line of the error; no node was recorded and nothing was pushed."""
    done = project.penstock("run", *words)
    assert done.returncode in (1, 2), (done.stdout, done.stderr)
    [line] = done.stderr.strip().splitlines()
    assert list((project.folder / "state" / "artifacts").rglob("data_tfrecord*")) == []
    assert list((project.folder / "state" / "artifacts").rglob(".cluster-*")) == []
    assert not (project.folder / "models" / "chicago-taxi" / "1").exists()
    return line


def at(runner: str, address: str, *words: str) -> list[str]:
    settings = [f"beam.runner={runner}", f'beam.options=["--job_endpoint={address}"]', *words]
    return [part for word in settings for part in ("--set", word)]


def test_without_a_job_server_nothing_runs(project):
    with socket.socket() as held:  # no other process can listen there meanwhile
        held.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{held.getsockname()[1]}"
        line = refused(project, *at("flink", address))
    assert line == (
        f"Beam's job server at {address}: expected a server that takes connections, received connection refused; "
        "start it, or correct --job_endpoint in beam.options."
    )


@contextmanager
def silent_server() -> Iterator[str]:
    """Take connections, and answer nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connections: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    connections.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_server_that_answers_nothing_is_no_job_server(project):
    with silent_server() as address:
        line = refused(project, *at("flink", address, "beam.timeout=5"))
    assert line.startswith(
        f"Beam's job server at {address}: expected a server of Beam's job API, received another server"
    )


def test_page_of_flink_is_no_job_server(project, flink_server):
    line = refused(project, *at("flink", flink_server.web, "beam.timeout=10"))
    assert "expected a server of Beam's job API, received another server" in line


def test_job_server_of_another_runner_is_refused_by_name(project, flink_server):
    line = refused(project, *at("spark", flink_server.jobs))
    assert line == (
        f"Beam's job server at {flink_server.jobs}: expected one for spark, received one for flink; "
        'set beam.runner = "flink".'
    )


def test_pool_that_nobody_started_is_named(project, flink_server):
    with socket.socket() as held:  # no other process can listen there meanwhile
        held.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{held.getsockname()[1]}"
        line = refused(project, *flink_server.settings(workers=address))
    assert address in line
    assert "penstock workers" in line


def test_pool_without_beam_in_its_workers_ends_the_run_in_time(project, tmp_path, flink_server):
    """Beam's own pool starts the first `python` on PATH: here one without packages, whose workers end at once."""
    venv.create(tmp_path / "empty", symlinks=True)
    path = f"{tmp_path / 'empty' / 'bin'}:/usr/bin:/bin"
    with worker_pool([sys.executable, "-c", BEAMS_POOL], tmp_path, PATH=path, PYTHONPATH="") as (address, log):
        line = refused(project, *flink_server.settings(workers=address), "--set", "beam.timeout=20")
        assert "No module named 'apache_beam'" in log.read_text()
    assert line == (
        f"the worker pool {address}: expected a worker for the first bundle, received none in 20 s; "
        "read what the pool printed, start it with `penstock workers`, or raise beam.timeout."
    )


def test_pool_without_penstock_is_refused_with_the_missing_package(project, tmp_path, flink_server):
    packages = tmp_path / "packages"
    packages.mkdir()
    [site] = (ROOT / ".venv" / "lib").glob("python*/site-packages")
    # All packages of .venv but the one that makes Penstock importable.
    for each in site.iterdir():
        if "penstock" not in each.name and each.suffix != ".pth":
            (packages / each.name).symlink_to(each)
    venv.create(tmp_path / "bare", symlinks=True)
    environment = {"PATH": f"{tmp_path / 'bare' / 'bin'}:/usr/bin:/bin", "PYTHONPATH": str(packages)}
    python = str(tmp_path / "bare" / "bin" / "python")
    with worker_pool([python, "-c", BEAMS_POOL], tmp_path, **environment) as (address, _):
        line = refused(project, *flink_server.settings(workers=address))
    assert line.startswith(
        f"the worker pool {address}: expected Penstock and TFX in the Python of its workers, received no module"
    )


def test_too_few_network_buffers_are_explained(tmp_path, project):
    with flink_cluster(tmp_path / "small", Size(task_managers=1, slots=4, network=2)) as cluster:
        done = project.penstock("run", *cluster.settings("--parallelism=4"))
    [line] = done.stderr.strip().splitlines()
    assert line.startswith("the memory of Flink's TaskManagers: expected ")
    assert "taskmanager.memory.network" in line
    assert not list((project.folder / "state" / "artifacts").rglob("FeatureStats.pb"))
