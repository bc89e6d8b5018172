"""`penstock fsck`: what it prints, what it repairs, and how it exits."""

import json
import shutil

import pytest

from tests.holding import held_by_another
from tests.kept_run import KeptRun
from tests.metadata_store import configuration
from tests.pipeline.cli.calling import penstock

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


def test_disagreements_are_a_line_each_and_repaired_when_asked_for(tmp_path, run):
    (run.version / "saved_model.pb").write_text("graph")
    (tmp_path / "models" / "7").mkdir()
    told = [
        "truncated  version 1: saved_model.pb has 5 bytes instead of 500",
        "no record  version 7: it has no record of what was pushed",
    ]
    done = penstock(tmp_path, "fsck")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        *told,
        "2 found, 2 not repaired; 1 can be repaired: penstock fsck --repair",
    ]
    done = penstock(tmp_path, "fsck", "--repair")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{told[0]}; restored from its artifacts",
        told[1],
        "2 found, 1 not repaired; look at what is left yourself",
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


def test_repair_next_to_a_run_is_refused_and_a_look_is_not(tmp_path, run):
    with held_by_another(HOLD.format(file=str(tmp_path / "state" / "taxi.lock"))):
        refused = penstock(tmp_path, "fsck", "--repair")
        assert (refused.returncode, penstock(tmp_path, "fsck").returncode) == (2, 0)
    assert "expected no other run of it, received one that is under way" in refused.stderr


def test_project_that_never_ran_is_looked_at_and_nothing_is_made(tmp_path):
    configuration(tmp_path)
    for arguments in ((), ("--repair",)):
        assert penstock(tmp_path, "fsck", *arguments).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["pipeline.toml"]


def test_look_imports_no_tensorflow(tmp_path, run):
    program = "import atexit, sys; import os; real = os._exit\n" + (
        "os._exit = lambda code: (print({'tensorflow', 'tfx', 'apache_beam'} & set(sys.modules)), "
        "sys.stdout.flush(), real(code))"
    )
    done = penstock(tmp_path, "fsck", "--repair", program=program)
    assert done.stdout.splitlines()[-1] == "set()"
