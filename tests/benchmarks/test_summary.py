"""Medians, ratios and targets."""

import pytest

from benchmarks.summary import medians, profiled, sizes, verdicts
from tests.benchmarks.figures import STARTUP, entry, results


def verdict_of(found, words, rows=None):
    [verdict] = [v for v in verdicts(found) if words in v.target and v.rows == rows]
    return verdict


def test_median_and_spread_are_those_of_the_repeats():
    of = medians(results(), "penstock", 15_002, "first")
    assert of is not None
    assert (of.repeats, of.seconds, of.spread) == (3, 20.0, (16.0, 24.0))
    assert of.nodes == {"ExampleGen": 5.0, "Trainer": 10.0, "Pusher": 0.15625}


def test_nodes_of_upstream_go_by_penstock_s_names():
    of = medians(results(), "upstream", 150_020, "first")
    assert of is not None
    assert list(of.nodes) == ["ExampleGen", "Trainer", "Pusher"]


def test_second_run_lists_the_nodes_that_were_not_cached():
    of = medians(results(), "upstream", 15_002, "second")
    assert of is not None
    assert of.ran == ("Pusher",)
    assert of.auc is None


def test_what_was_not_measured_has_no_median():
    assert medians(results(), "penstock", 1_500_200, "first") is None


@pytest.mark.parametrize(
    ("words", "rows", "value", "met"),
    [
        ("First run", 15_002, 0.4, True),
        ("First run", 150_020, 0.4, False),
        ("ExampleGen: upstream", 15_002, 2.5, False),
        ("Peak RSS", 150_020, 0.5, True),
        ("second run", 15_002, 0.2, False),
        ("AUC", 15_002, 0.95, True),
        ("ExampleGen: seconds per row", None, 0.16, True),
    ],
)
def test_target_is_compared_with_the_ratio_of_medians(words, rows, value, met):
    verdict = verdict_of(results(), words, rows)
    assert verdict.value == pytest.approx(value, abs=1e-4)
    assert verdict.met is met


def test_target_of_a_run_that_was_not_measured_is_neither_met_nor_missed():
    assert verdict_of(results(), "second run", 150_020).met is None


def test_size_without_a_bound_has_no_target():
    assert [v for v in verdicts(results()) if "Peak RSS" in v.target and v.rows == 15_002] == []


def test_size_that_one_system_lacks_is_left_out():
    found = results()
    found.measurements.append(entry("upstream", 1_500_200, 400.0))
    assert sizes(found) == [15_002, 150_020]


def test_node_whose_time_per_row_grows_misses_its_target():
    found = results()
    found.measurements[-1]["nodes"][1]["seconds"] = 400.0
    assert verdict_of(found, "Trainer: seconds per row").met is False


def test_startup_is_compared_with_importing_tensorflow():
    found = results()
    found.parts["startup"] = STARTUP
    assert verdict_of(found, "`penstock --help`").value == pytest.approx(0.04)
    assert verdict_of(found, "`penstock --help`").met is True
    assert verdict_of(found, "completion /").met is False


@pytest.mark.parametrize(("measured", "chosen"), [([15_002, 150_020], 150_020), ([100], 100), ([1, 1_500_200], 1)])
def test_profile_is_of_the_size_nearest_to_the_one_asked_for(measured, chosen):
    assert profiled(measured) == chosen
