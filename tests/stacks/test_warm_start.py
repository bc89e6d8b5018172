"""A network of one stack starts from the weights of the version that the other stack pushed."""

import pytest

from penstock.core.documents.training import Curves, Fit
from tests.stacks.conftest import NEXT, OLD, both, places_of

pytestmark = pytest.mark.stacks

SETTINGS = ("--set", "model.warm_start=true", "--set", "model.epochs=2")


@pytest.fixture(scope="module")
def started(projects):
    """Train with each stack, from the weights of the other one; return both folders of records by the first stack."""
    old, new = projects.pair("neural")
    given = {OLD: new, NEXT: old}

    def warm(stack):
        run = stack.penstock(given[stack].folder, "run", *SETTINGS)
        assert run["exit"] in (0, 3), run
        return given[stack].places["Trainer.model_run"], places_of(stack, given[stack].folder, run)["Trainer.model_run"]

    return {given[stack].stack: folders for stack, folders in zip((OLD, NEXT), both(warm), strict=True)}


@pytest.mark.parametrize("writer", [OLD, NEXT], ids=lambda stack: f"pushed_by_{stack.tfx}")
def test_weights_of_the_other_stack_are_used_and_the_first_pass_is_better_for_them(started, writer):
    cold, warm = started[writer]
    assert Fit.read(cold).start == ""
    assert Fit.read(warm).start == "from the weights of the last blessed model"
    assert Curves.read(warm).epochs[0].loss < Curves.read(cold).epochs[0].loss
