"""A Flink, a Spark, a worker pool, and runs of the taxi pipeline on them, each made when a test first asks for it."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.rows import write_rows
from penstock.core.errors import ConfigError
from scripts.cluster import flink, spark
from scripts.cluster.jars import beam_version, jars_of
from scripts.cluster.programs import stop
from tests.e2e.conftest import ROOT, TRIPS, Project

ROWS = 15_002
# Every size and parallelism of the documentation's table; without it those of a check before a merge.
FULL = bool(os.environ.get("CLUSTER_FULL"))
SIZES = (ROWS, 150_020) if FULL else (ROWS,)


@dataclass(frozen=True)
class Cluster:
    """A cluster that runs.

    Attributes:
        system: Its name, as in `beam.runner`.
        folder: Its logs and process ids.
        jobs: The address of its job server.
        web: The address of its page, and of Flink's REST API.
    """

    system: str
    folder: Path
    jobs: str
    web: str

    def settings(self, *flags: str, workers: str | None = None) -> list[str]:
        """Return the words that have a run use it."""
        options = json.dumps([f"--job_endpoint={self.jobs}", *flags])
        words = [f"beam.runner={self.system}", f"beam.options={options}"]
        words += [f"beam.workers={workers}", "beam.environment=external"] if workers else []
        return [part for word in words for part in ("--set", word)]

    def rest(self, path: str) -> Any:
        """Return what Flink's REST API answers."""
        with urllib.request.urlopen(f"http://{self.web}/{path}", timeout=300) as answer:
            return json.load(answer)


@dataclass(frozen=True)
class Ran:
    """A run: the project that it ran in, its JSON, and the folder of each output by `NODE.KEY`."""

    project: Project
    found: dict[str, Any]
    places: dict[str, Path]


def require_jars(system: str) -> None:
    """Skip without the jars of a system or the Beam that they go with."""
    from importlib.metadata import version

    if version("apache-beam") != beam_version(system):
        pytest.skip(f"the clusters are of Beam {beam_version(system)}, this environment has {version('apache-beam')}")
    try:
        jars_of(system)
    except ConfigError as error:
        pytest.skip(str(error))


@contextmanager
def flink_cluster(folder: Path, size: flink.Size) -> Iterator[Cluster]:
    """Start a Flink, and stop it at the end of the block."""
    require_jars("flink")
    try:
        yield Cluster("flink", folder, **flink.start_flink(folder, size))
    finally:
        stop(folder)


@pytest.fixture(scope="session")
def flink_server(tmp_path_factory) -> Iterator[Cluster]:
    """A Flink of two TaskManagers."""
    with flink_cluster(tmp_path_factory.mktemp("flink"), flink.Size()) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def spark_server(tmp_path_factory) -> Iterator[Cluster]:
    """A Spark of two workers."""
    require_jars("spark")
    folder = tmp_path_factory.mktemp("spark")
    try:
        yield Cluster("spark", folder, **spark.start_spark(folder, spark.Size()))
    finally:
        stop(folder)


@contextmanager
def worker_pool(command: list[str], cwd: Path, **environment: str) -> Iterator[tuple[str, Path]]:
    """Start a worker pool; yield its address and its log."""
    log = cwd / "pool.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=output, text=True
        )
    try:
        line = process.stdout.readline() if process.stdout else ""
        match = re.search(r"127\.0\.0\.1:\d+", line)
        assert match, (line, log.read_text())
        yield match[0], log
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="session")
def pool(tmp_path_factory) -> Iterator[str]:
    """The address of a pool that `penstock workers` started."""
    command = [sys.executable, "-m", "pipeline.cli.main", "workers", "--port", "0"]
    with worker_pool(command, tmp_path_factory.mktemp("pool"), PYTHONPATH=str(ROOT)) as (address, _):
        yield address


def taxi(folder: Path, rows: Path) -> Project:
    """Return a project of the repository's configuration."""
    (folder / "data" / "taxi").mkdir(parents=True)
    shutil.copy(rows, folder / "data" / "taxi" / "trips.csv")
    shutil.copy(ROOT / "pipeline.toml", folder)
    return Project(folder)


def ran(project: Project, *words: str) -> Ran:
    """Run a project, and return the run."""
    found = project.run("run", *words)
    assert found["state"] == "pushed", found
    nodes = json.loads(project.penstock("show", found["run_id"], "--json").stdout)["nodes"]
    places = {f"{node['id']}.{output['key']}": Path(output["uri"]) for node in nodes for output in node["outputs"]}
    return Ran(project, found, places)


class Tables:
    """The tables, and the local run on each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs: dict[int, Ran] = {}

    def rows(self, count: int) -> Path:
        """Return a table of so many taxi rows."""
        file = self._folder / f"{count}.csv"
        if not file.exists():
            shutil.copy(TRIPS, file) if count == ROWS else write_rows(TRIPS, file, count)
        return file

    def local(self, count: int) -> Ran:
        """Return the local run on a table."""
        if count not in self._runs:
            self._runs[count] = ran(taxi(self._folder / f"local-{count}", self.rows(count)))
        return self._runs[count]


@pytest.fixture(scope="session")
def tables(tmp_path_factory) -> Tables:
    """Return the tables."""
    return Tables(tmp_path_factory.mktemp("tables"))
