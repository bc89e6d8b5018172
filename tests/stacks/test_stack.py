"""Both stacks are what they say, and the lock of a pipeline holds for both."""

import pytest

from penstock.config.loading import load
from pipeline.session import run_lock
from tests.stacks.stack import NEXT, STACKS
from tests.stacks.tables import write_project

pytestmark = pytest.mark.stacks


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.tfx)
def test_stack_has_the_version_of_tfx_that_it_is_compared_as(tmp_path, stack):
    done = stack.program(tmp_path, "python", "-c", "from importlib.metadata import version; print(version('tfx'))")
    assert done.stdout == f"{stack.tfx}.0\n"


def test_run_of_one_stack_is_refused_while_the_other_holds_the_lock_of_the_pipeline(tmp_path):
    folder = write_project("linear", tmp_path / "project")
    with run_lock(load(folder / "pipeline.toml", environment={})):
        found = NEXT.penstock(folder, "run")
    assert (found["exit"], found["error"]["received"]) == (2, "one that is running")
    # Without the lock it is not refused: it is the lock that decided.
    assert NEXT.penstock(folder, "run", "--to", "ExampleGen")["state"] == "partial"
