"""Whole runs of each model family: both stacks read, split, transform and judge alike."""

import pytest

from penstock.comparison.arrays import compare_arrays
from penstock.comparison.result import EQUAL, TOLERANCE
from penstock.comparison.schema import compare_schemas
from penstock.comparison.statistics import compare_statistics
from penstock.comparison.verdict import compare_verdicts
from penstock.comparison.vocabularies import compare_vocabularies
from penstock.core.documents.data import RowCounts
from penstock.core.documents.verdict import Metric, Slice, Verdict
from tests.stacks.comparing import arrays, between_folders, differences, records
from tests.stacks.conftest import NEXT, OLD, Projects, Ran, both
from tests.stacks.tables import FAMILIES

pytestmark = [pytest.mark.stacks, pytest.mark.parametrize("family", FAMILIES)]


def test_both_stacks_push_a_model_with_the_same_nodes(projects, family):
    old, new = projects.pair(family)
    assert (old.run["state"], new.run["state"]) == ("pushed", "pushed")
    assert [node["id"] for node in old.run["nodes"]] == [node["id"] for node in new.run["nodes"]]
    assert {node["state"] for node in old.run["nodes"] + new.run["nodes"]} == {"ran"}


def test_both_stacks_count_the_same_rows_in_each_split(projects, family):
    old, new = (RowCounts.read(ran.places["RowCountGate.rows"]) for ran in projects.pair(family))
    assert old == new
    assert min(old.splits["train"], old.splits["eval"]) > 100


def test_both_stacks_write_the_same_examples_byte_by_byte(projects, family):
    old, new = (ran.places["ExampleGen.examples"] for ran in projects.pair(family))
    for split in ("train", "eval"):
        assert records(old, split) == records(new, split)
        assert sum(map(len, records(old, split))) > 100


def test_both_stacks_compute_the_same_statistics(projects, family):
    old, new = (ran.places["StatisticsGen.statistics"] for ran in projects.pair(family))
    found = compare_statistics(old, new, TOLERANCE)
    assert found.level == "identical", found


def test_both_stacks_infer_the_same_schema(projects, family):
    old, new = (ran.places["SchemaGen.schema"] for ran in projects.pair(family))
    found = compare_schemas(old, new)
    assert found.level in EQUAL, found
    assert "another order" not in found.words


def test_both_stacks_write_the_same_vocabularies_and_types_of_columns(projects, family):
    old, new = (ran.places["Transform.transform_graph"] for ran in projects.pair(family))
    for found in (compare_schemas(old / "metadata", new / "metadata"), compare_vocabularies(old, new)):
        assert found.level in EQUAL, found


def test_both_stacks_transform_the_rows_alike(projects, family, tmp_path):
    pair = dict(zip((OLD.tfx, NEXT.tfx), projects.pair(family), strict=True))

    def transformed(stack):
        ran, output = pair[stack.tfx], tmp_path / f"{stack.tfx}.npz"
        examples = ran.places["ExampleGen.examples"] / "Split-eval"
        stack.script("transformed", str(examples), str(ran.places["Transform.transform_graph"]), str(output))
        return arrays(output)

    old, new = both(transformed)
    assert old
    found = compare_arrays("transform", old, new, TOLERANCE)
    assert found.level in EQUAL, found


def verdicts(projects: Projects, family: str) -> list[Verdict]:
    return [Verdict.read(ran.places["ModelVerdict.verdict"]) for ran in projects.pair(family)]


def test_both_stacks_reach_the_same_verdict(projects, family):
    old, new = verdicts(projects, family)
    assert old.blessed
    found = compare_verdicts(old, new)
    assert found.level in EQUAL, found
    assert list(old.metrics) == list(new.metrics)


def test_metrics_of_each_stack_are_within_the_intervals_of_the_other(projects, family):
    old, new = verdicts(projects, family)
    assert any(metric.ends for metric in old.metrics.values())
    found = [name for name, metric in old.metrics.items() if outside(metric, new.metrics[name])]
    for one, other in zip(old.slices, new.slices, strict=True):
        found += [f"{one.column} = {one.value}: {name}" for name in slice_outside(one, other)]
    assert found == []


def outside(one: Metric, other: Metric) -> bool:
    """Return whether a value is outside of the interval of the other stack, or a constant's value is another one."""
    pairs = ((one.ends, other.model), (other.ends, one.model))
    models = any(ends is not None and not ends[0] <= value <= ends[1] for ends, value in pairs)
    return models or bool(differences(one.constant, other.constant))


def slice_outside(one: Slice, other: Slice) -> list[str]:
    return [
        name for name, ends in one.ends.items() if ends is not None and not ends[0] <= other.metrics[name] <= ends[1]
    ]


def test_pushed_versions_state_the_same_about_their_columns(projects, family):
    old, new = (described(ran) for ran in projects.pair(family))
    assert between_folders(old, new, lambda file: file.read_text()) == []


def described(ran: Ran):
    return ran.places["Pusher.pushed_model"] / "assets.extra"
