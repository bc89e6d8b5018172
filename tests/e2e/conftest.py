"""A small project in its own folder, and the command to run it."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from tests.pipeline.cli import forked_worker
from tests.pipeline.cli.command import penstock_with_tensorflow, started_with_tensorflow
from tests.pipeline.cli.forked import Started
from tests.shared import shared_folder

ROOT = Path(__file__).resolve().parents[2]
TRIPS = ROOT / "data" / "taxi" / "trips.csv"

CONFIGURATION = """
name = "small-taxi"
[data]
source = "trips.csv"
query = "SELECT * EXCLUDE (tips), tips > 0.2 * fare AS big_tipper FROM source"
label = "big_tipper"
[features]
fare = "numeric"
trip_seconds = "numeric"
trip_start_hour = "hour"
payment_type = "categorical"
[model]
epochs = 8
batch_size = 64
[evaluation]
metric = "auc"
min = 0.6
slices = ["payment_type"]
[push]
directory = "models"
"""


@dataclass
class Project:
    """A folder with a configuration, in which the command is run; it writes no reports, which take two seconds each."""

    folder: Path
    code: Path = ROOT
    environment: dict[str, str] = field(default_factory=lambda: {"PENSTOCK_REPORT__WRITE": "false"})

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "pipeline.cli.main", *words]

    def start(self, *words: str, **options) -> subprocess.Popen:
        environment = {**os.environ, "PYTHONPATH": str(self.code), **self.environment}
        return subprocess.Popen(
            self.command(*words),
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def begin(self, *words: str) -> Started:
        """Start the command as a fork of a process that has imported it."""
        return started_with_tensorflow(self.folder, *words, environment={**os.environ, **self.environment})

    def penstock(self, *words: str) -> subprocess.CompletedProcess:
        """Run the command in a fork of a process that has imported it, unless the project has code of its own."""
        if self.code != ROOT:
            return self.call(*words)
        return penstock_with_tensorflow(self.folder, *words, environment={**os.environ, **self.environment})

    def call(self, *words: str) -> subprocess.CompletedProcess:
        """Run the command as a shell does."""
        process = self.start(*words)
        out, err = process.communicate(timeout=1200)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def run(self, *words: str, forked: bool = True) -> dict:
        """Run with --json; return the object, with the exit code and standard error added."""
        done = (self.penstock if forked else self.call)(*words, "--json")
        assert done.stdout.count("\n") == 1, done.stdout + done.stderr
        return {**json.loads(done.stdout), "exit": done.returncode, "stderr": done.stderr}

    def states(self, found: dict) -> dict[str, str]:
        return {node["id"]: node["state"] for node in found["nodes"]}

    def versions(self) -> list[str]:
        return sorted(child.name for child in (self.folder / "models").iterdir() if not child.name.startswith("."))

    def executions(self) -> list[tuple[str, int]]:
        """Return the node's type and last known state of each execution in the store."""
        with closing(sqlite3.connect(self.folder / "state" / "metadata.sqlite", timeout=10)) as store:
            return store.execute(
                "SELECT t.name, e.last_known_state FROM Execution e JOIN Type t ON t.id = e.type_id ORDER BY e.id"
            ).fetchall()

    def wait_for(self, node: str, process: subprocess.Popen | Started) -> None:
        """Return once the node is running."""
        for _ in range(12000):
            assert process.poll() is None, process.communicate()
            if (self.folder / "state" / "metadata.sqlite").exists():
                try:
                    running = [kind for kind, state in self.executions() if state == 2]
                except sqlite3.OperationalError:
                    running = []
                if any(kind.endswith(f".{node}") for kind in running):
                    return
            time.sleep(0.05)
        raise AssertionError(f"{node} did not start")

    def workers(self) -> list[int]:
        """Return the workers that run for this folder."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    is_worker = (entry / "comm").read_text() == f"{forked_worker.NAME}\n"
                    is_worker = is_worker or b"pipeline.runners" in (entry / "cmdline").read_bytes()
                    here = (entry / "cwd").resolve() == self.folder.resolve()
                except OSError:
                    continue
                if here and is_worker:
                    found.append(int(entry.name))
        return found

    def interrupt(self, process: subprocess.Popen | Started, how: signal.Signals) -> tuple[str, str]:
        process.send_signal(how)
        return process.communicate(timeout=600)


@pytest.fixture(scope="session")
def rows(tmp_path_factory) -> Path:
    """Two thousand taxi rows."""
    path = tmp_path_factory.mktemp("rows") / "trips.csv"
    query = f"SELECT * FROM read_csv('{TRIPS}') ORDER BY md5(trip_start_timestamp::VARCHAR || fare::VARCHAR) LIMIT 2000"
    duckdb.sql(f"COPY ({query}) TO '{path}'")
    return path


def make_project(folder: Path, rows: Path) -> Project:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trips.csv").write_bytes(rows.read_bytes())
    (folder / "pipeline.toml").write_text(CONFIGURATION)
    return Project(folder)


@pytest.fixture
def project(tmp_path, rows) -> Project:
    return make_project(tmp_path / "project", rows)


@dataclass(frozen=True)
class FirstRun:
    """A project after its first run.

    Attributes:
        project: Where it was run.
        found: The JSON of the run.
        unchanged: A copy of the project as the run left it.
        left: What the run left in the folder of temporary files.
    """

    project: Project
    found: dict
    unchanged: Path
    left: list[str]

    def copied(self, folder: Path) -> Project:
        """Return a copy of the project whose records name the copy.

        The same run is cached there; any other one runs every node again, because it is in another folder.
        """
        shutil.copytree(self.unchanged, folder)
        project = Project(folder)
        found = project.run("run")
        assert (found["state"], set(project.states(found).values())) == ("pushed", {"cached"}), found
        assert found["repairs"] == [f"Moved from {self.project.folder}: the records now name {folder}."]
        return project


@pytest.fixture(scope="session")
def first_run(tmp_path_factory, rows) -> FirstRun:
    """The first run of the project, one for all processes of the session; only test_run.py changes the project."""

    def run(folder: Path) -> None:
        temporary = folder / "temporary"
        temporary.mkdir()
        project = make_project(folder / "project", rows)
        # This run has a report, as each has by default.
        project.environment = {"TMPDIR": str(temporary)}
        found = project.run("run", forked=False)
        shutil.copytree(project.folder, folder / "unchanged")
        left = [path.name for path in temporary.iterdir()]
        (folder / "run.json").write_text(json.dumps({"found": found, "left": left}))

    folder = shared_folder(tmp_path_factory, "first_run", run)
    return FirstRun(
        Project(folder / "project"), unchanged=folder / "unchanged", **json.loads((folder / "run.json").read_text())
    )


@pytest.fixture
def pushed(first_run, tmp_path) -> Project:
    """A project whose first run pushed version 1, in the folder of the test."""
    return first_run.copied(tmp_path / "project")


@dataclass(frozen=True)
class Continued:
    """A project after a first run, for tests that continue it where it is: a copy of it would run every node again.

    Attributes:
        found: The JSON of the run, which had the usual umask.
        folder: The folder of the project and of a copy of it as the run left it.
    """

    found: dict
    folder: Path

    @contextmanager
    def restored(self) -> Iterator[Project]:
        """Yield the project as the run left it; the tests of all processes have it one after the other."""
        project = Project(self.folder / "project")
        with FileLock(self.folder / "in_use.lock"):
            shutil.rmtree(project.folder, ignore_errors=True)
            shutil.copytree(self.folder / "unchanged", project.folder)
            yield project


@pytest.fixture(scope="session")
def continued(tmp_path_factory, rows) -> Continued:
    """The project that some tests continue, one for all processes of the session."""

    def run(folder: Path) -> None:
        project = make_project(folder / "project", rows)
        before = os.umask(0o022)
        try:
            (project.folder / "state").mkdir()
            found = project.run("run")
        finally:
            os.umask(before)
        assert found["state"] == "pushed", found
        project.folder.rename(folder / "unchanged")
        (folder / "run.json").write_text(json.dumps(found))

    folder = shared_folder(tmp_path_factory, "continued", run)
    return Continued(json.loads((folder / "run.json").read_text()), folder)
