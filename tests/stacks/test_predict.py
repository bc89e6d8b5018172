"""Versions that one stack pushed, scored by both."""

import pyarrow.parquet as pq
import pytest

from tests.stacks.comparing import differences
from tests.stacks.conftest import NEXT, OLD, both
from tests.stacks.tables import FAMILIES, source_of

pytestmark = pytest.mark.stacks

# A step of a 32-bit logit of -7 is half a millionth of it, and changes the probability by half a millionth of that. The
# stacks add up in another order, which makes a few steps.
_TOLERANCE = 5e-6


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("pusher", [OLD, NEXT], ids=lambda stack: f"pushed_by_{stack.tfx}")
def test_version_of_one_stack_gets_the_same_scores_from_the_other(projects, tmp_path, family, pusher):
    ran = next(ran for ran in projects.pair(family) if ran.stack == pusher)

    def scores(stack):
        output = tmp_path / f"{stack.tfx}.parquet"
        words = ("--version", ran.run["pushed"]["version"], "--output", str(output))
        done = stack.penstock(ran.folder, "predict", str(source_of(ran.folder)), *map(str, words))
        assert done["exit"] == 0, done
        return {name: pq.read_table(output)[name].to_pylist() for name in done["columns"]}, done

    (old, old_run), (new, new_run) = both(scores)
    assert old
    assert len(next(iter(old.values()))) == old_run["rows"] == new_run["rows"] >= 900
    assert differences(old, new, _TOLERANCE) == []
    # Neither reports another category or number as unknown to the model.
    assert [old_run[key] for key in ("unseen", "outside")] == [new_run[key] for key in ("unseen", "outside")]
