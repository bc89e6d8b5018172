"""The parts of one run."""

import pytest

from benchmarks.profile import parts, typical
from tests.benchmarks.figures import entry, results

AT_ONCE = {"id": "Evaluator", "state": "ran", "started": 8.0, "seconds": 4.0}


def test_parts_together_are_the_whole_run():
    run = entry("penstock", 10, 16.0)
    assert dict(parts(run)) == {
        "the command, until it starts the process that runs the nodes": 1.0,
        "that process, until the first node starts": 1.0,
        "ExampleGen": 4.0,
        "Trainer": 8.0,
        "Pusher": 0.125,
        "between nodes": 1.0,
        "after the last node, until the process has ended": 0.875,
    }


def test_short_nodes_are_summed_up_in_one_line():
    run = entry("penstock", 10, 16.0)
    run["nodes"] += [{"id": name, "state": "ran", "started": 15.2, "seconds": 0.02} for name in ("A", "B")]
    assert dict(parts(run))["2 short nodes"] == pytest.approx(0.04)


def test_overlap_of_nodes_is_a_part_and_the_sum_is_the_whole_run():
    run = entry("penstock", 10, 16.0)
    run["nodes"].append(AT_ONCE)
    assert dict(parts(run))["two nodes at once (counted twice above)"] == -4.0
    assert sum(seconds for _, seconds in parts(run)) == pytest.approx(16.0)


@pytest.mark.parametrize("first_child", [None, 3.0])
def test_run_without_a_process_before_its_first_node_has_one_start(first_child):
    run = {**entry("penstock", 10, 16.0), "first_child": first_child}
    assert dict(parts(run))["until the first node starts"] == 2.0


def test_typical_run_is_the_one_nearest_to_the_median():
    run = typical(results(), 15_002)
    assert run is not None
    assert run["seconds"] == 20.0
    assert typical(results(), 7) is None
