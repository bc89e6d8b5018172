"""Files of a run are private to their user; files that the user asked for have the permissions of the umask."""

import os
import stat

import pytest

from tests.malicious_arrow import write_files
from tests.pipeline.cli.command import penstock_with_tensorflow

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def ran(continued):
    """A project that ran and scores with the usual umask, in a folder that others can read."""
    before = os.umask(0o022)
    with continued.restored() as project:
        try:
            assert project.penstock("predict", "trips.csv", "--output", "scored.csv").returncode == 0
            assert project.penstock("sample", "trips.csv", "9", "--output", "sample.csv").returncode == 0
            assert project.penstock("init", "trips.csv", "--label", "tips", "--config", "own.toml").returncode == 0
        finally:
            os.umask(before)
        yield project


def rights(folder):
    """Return the permissions in a folder, each with one file or folder that has them."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        found[(path.is_dir(), oct(stat.S_IMODE(path.lstat().st_mode)))] = str(path)
    return found


@pytest.mark.parametrize("name", ["state", "models"])
def test_folders_and_files_of_a_run_are_private_to_their_user(ran, name):
    assert rights(ran.folder / name).keys() == {(True, "0o700"), (False, "0o600")}


def test_files_that_the_user_asked_for_have_the_permissions_of_the_umask(ran):
    names = ("scored.csv", "sample.csv", "own.toml", "schema.pbtxt")
    assert {oct(stat.S_IMODE((ran.folder / name).stat().st_mode)) for name in names} == {"0o644"}


def test_malicious_rows_execute_nothing_in_a_run_and_a_prediction(ran, tmp_path):
    witness = tmp_path / "witness"
    write_files(tmp_path, witness)
    settings = ["--set", f"data.source={tmp_path}/plain.parquet", "--set", "data.label=paid"]
    settings += ["--set", 'features={planted="numeric", miles="numeric"}', "--set", "evaluation.slices=[]"]
    settings += ["--set", 'data.query="SELECT * FROM source"', "--set", "state.directory=state2"]
    settings += ["--set", "metadata.uri=sqlite:///state2/metadata.sqlite", "--set", "evaluation.min=0.0001"]
    settings += ["--set", "push.directory=models2"]
    ended = ran.run("run", *settings)
    assert (ended["state"], witness.exists()) == ("pushed", False), ended
    for kind in ("plain", "struct", "list"):
        ran.penstock("predict", f"{tmp_path}/{kind}.parquet", "--output", str(tmp_path / "scored.csv"), *settings)
        assert not witness.exists()
    assert (tmp_path / "scored.csv").read_text().startswith("planted,miles,paid")


def test_files_of_a_run_started_from_python_are_private(ran, tmp_path):
    program = f"""
import os
os.umask(0o022)
from penstock.config.loading import load
from pipeline import session
from pipeline.runners import local
from pipeline.plan import RunOptions
settings = ["state.directory={tmp_path}/state", "push.directory={tmp_path}/models"]
settings += ["metadata.uri=sqlite:///{tmp_path}/state/metadata.sqlite"]
session.run(load("pipeline.toml", settings), RunOptions("20260101-000001"), session.InProcess(local.launch))
open({str(tmp_path / "after")!r}, "w")
os._exit(77)  # before the command begins
"""
    done = penstock_with_tensorflow(ran.folder, program=program, environment={**os.environ, **ran.environment})
    assert done.returncode == 77, done.stderr
    for name in ("state", "models"):
        assert rights(tmp_path / name).keys() == {(True, "0o700"), (False, "0o600")}
    assert oct(stat.S_IMODE((tmp_path / "after").stat().st_mode)) == "0o644"
