"""`penstock registry check`: its output, its repairs and its exit codes."""

import json
import sqlite3

import pytest

from penstock.registry.opening import open_registry
from tests.kept_run import KeptRun
from tests.metadata_store import configuration
from tests.other_process import run_in_other_process
from tests.pipeline.cli.command import penstock, slow_imports
from tests.pipeline.cli.test_fsck import HOLD

RUN = "20260101-000001"


@pytest.fixture
def config(tmp_path):
    config = configuration(tmp_path)
    KeptRun(config)
    open_registry(config).close()
    return config


@pytest.mark.slow
def test_run_that_is_not_recorded_is_named_then_recorded(tmp_path, config):
    done = penstock(tmp_path, "registry", "check")
    assert done.stdout.splitlines() == [
        f"unrecorded run {RUN}: it is not recorded in the registry",
        "           use --repair",
        "1 problem found, 1 not repaired; 1 can be repaired: penstock registry check --repair",
    ]
    assert done.returncode == 1
    done = penstock(tmp_path, "registry", "check", "--repair")
    assert done.stdout.splitlines() == [
        f"unrecorded run {RUN}: it is not recorded in the registry; recorded as taxi_nogit_1",
        "1 problem found, all repaired.",
    ]
    assert done.returncode == 0
    done = penstock(tmp_path, "registry", "check")
    assert (done.returncode, done.stdout) == (0, "Registry, metadata store and pushed versions agree.\n")
    assert "default" in penstock(tmp_path, "models", "show", "1").stdout


def test_edited_row_is_found_and_not_repaired(tmp_path, config):
    assert penstock(tmp_path, "registry", "check", "--repair").returncode == 0
    with sqlite3.connect(tmp_path / "state" / "registry.sqlite") as database:
        database.execute("UPDATE experiments SET state = 'failed'")
        database.execute("UPDATE events SET actor = 'eve' WHERE id = 1")
    done = penstock(tmp_path, "registry", "check", "--repair", "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["state"] == "damaged"
    assert [each["words"] for each in document["findings"]] == [
        "event 1 was changed after it was written",
        "experiment 1 was changed without the registry",
    ]
    assert not any(each["repairable"] for each in document["findings"])


def test_project_without_a_registry_is_refused_and_none_is_made(tmp_path):
    configuration(tmp_path)
    done = penstock(tmp_path, "registry", "check", "--repair")
    assert (done.returncode, done.stderr) == (2, "no registry yet; `penstock run` makes it.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["pipeline.toml"]


def test_repair_during_a_run_is_refused_and_a_check_is_not(tmp_path, config):
    with run_in_other_process(HOLD.format(file=str(tmp_path / "state" / "taxi.lock"))):
        assert penstock(tmp_path, "registry", "check", "--repair").returncode == 2
        assert penstock(tmp_path, "registry", "check").returncode == 1


@pytest.mark.slow
def test_check_imports_nothing_slow(tmp_path, config):
    assert slow_imports(tmp_path, "registry check") == [("registry check", 1, [])]


@pytest.mark.slow
def test_check_imports_no_tensorflow(tmp_path, config):
    program = (
        "import os, sys; real = os._exit\n"
        "os._exit = lambda code: (print({'tensorflow', 'tfx', 'apache_beam'} & set(sys.modules)), "
        "sys.stdout.flush(), real(code))"
    )
    done = penstock(tmp_path, "registry", "check", "--repair", program=program)
    assert done.stdout.splitlines()[-1] == "set()", done.stderr
