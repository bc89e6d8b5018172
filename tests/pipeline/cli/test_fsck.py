"""`penstock fsck`: its output, its repairs and its exit codes."""

import json
import shutil

import pytest

from tests.kept_run import KeptRun
from tests.metadata_store import configuration
from tests.other_process import run_in_other_process
from tests.pipeline.cli.command import penstock

HOLD = """
from filelock import FileLock
lock = FileLock({file!r})
lock.acquire()
"""


@pytest.fixture
def run(tmp_path):
    return KeptRun(configuration(tmp_path))


def test_agreement_is_one_line_and_no_error(tmp_path, run):
    done = penstock(tmp_path, "fsck")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Metadata store, artifacts and pushed versions agree.\n"
    assert json.loads(penstock(tmp_path, "fsck", "--json").stdout) == {"state": "clean", "findings": []}


@pytest.mark.slow
def test_problems_are_a_line_each_and_are_repaired_with_repair(tmp_path, run):
    (run.version / "saved_model.pb").write_text("graph")
    (tmp_path / "models" / "7").mkdir()
    expected = [
        "truncated  version 1: saved_model.pb has 5 bytes instead of 500",
        "no record  version 7: it has no record of what was pushed",
    ]
    done = penstock(tmp_path, "fsck")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        *expected,
        "2 problems found, 2 not repaired; 1 can be repaired: penstock fsck --repair",
    ]
    done = penstock(tmp_path, "fsck", "--repair")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{expected[0]}; restored from its artifacts",
        expected[1],
        "2 problems found, 1 not repaired; the rest has to be fixed by hand",
    ]
    (tmp_path / "models" / "7").rmdir()
    shutil.rmtree(run.version)
    done = penstock(tmp_path, "fsck", "--repair", "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["state"] == "repaired"
    assert [(each["kind"], each["place"], each["repaired"]) for each in found["findings"]] == [
        ("missing", "version 1", True)
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--config", "nowhere.toml"), "no configuration nowhere.toml"),
        (("--set", "metadata.uri=sqlite://"), "metadata.uri sqlite://: expected a store that outlives the run"),
    ],
)
def test_bad_configuration_is_refused_in_a_sentence(tmp_path, run, arguments, words):
    done = penstock(tmp_path, "fsck", *arguments)
    assert done.returncode == 2
    assert words in done.stderr


@pytest.mark.slow
def test_repair_during_a_run_is_refused_and_a_check_is_not(tmp_path, run):
    with run_in_other_process(HOLD.format(file=str(tmp_path / "state" / "taxi.lock"))):
        refused = penstock(tmp_path, "fsck", "--repair")
        assert (refused.returncode, penstock(tmp_path, "fsck").returncode) == (2, 0)
    assert "expected no other run of it, received one that is running" in refused.stderr


def test_project_without_a_run_is_checked_and_nothing_is_written(tmp_path):
    configuration(tmp_path)
    for arguments in ((), ("--repair",)):
        assert penstock(tmp_path, "fsck", *arguments).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["pipeline.toml"]


@pytest.mark.slow
def test_check_imports_no_tensorflow(tmp_path, run):
    program = "import atexit, sys; import os; real = os._exit\n" + (
        "os._exit = lambda code: (print({'tensorflow', 'tfx', 'apache_beam'} & set(sys.modules)), "
        "sys.stdout.flush(), real(code))"
    )
    done = penstock(tmp_path, "fsck", "--repair", program=program)
    assert done.stdout.splitlines()[-1] == "set()"
