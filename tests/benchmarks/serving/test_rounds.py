"""The lines of the table, from the measurements of the rounds."""

import pytest

from benchmarks.serving.rounds import COMPARISONS, lines, newest_of

RATE = next(each for each in COMPARISONS if each.name.startswith("100 rows, 16 clients, REST"))
TIME = next(each for each in COMPARISONS if each.measure == "p99")


def measured(value, failed=0):
    return {**dict.fromkeys(("per_second", "median", "p99"), value), "failed": failed}


def line_of(comparison, *pairs, failed=0):
    rounds = [{comparison.ours: measured(ours, failed), comparison.other: measured(other)} for ours, other in pairs]
    return next(each for each in lines(rounds) if each["name"] == comparison.name)


def test_value_is_the_median_of_the_ratios_of_the_rounds():
    line = line_of(RATE, (1.0, 1.0), (90.0, 100.0), (1.0, 10.0))
    assert (line["value"], line["met"], line["ours"], line["other"]) == (0.9, True, 1.0, 10.0)


@pytest.mark.parametrize(
    ("comparison", "value", "met"), [(RATE, 0.8, True), (RATE, 0.79, False), (TIME, 5.0, True), (TIME, 5.1, False)]
)
def test_line_is_met_on_the_right_side_of_its_bound_and_only_without_failures(comparison, value, met):
    assert line_of(comparison, (value, 1.0))["met"] is met
    assert not line_of(comparison, (value, 1.0), failed=1)["met"]


def test_line_that_was_not_measured_is_neither_met_nor_missed():
    assert [(each["value"], each["met"]) for each in lines([{}])] == [(None, None)] * len(COMPARISONS)


def test_newest_version_is_that_of_the_largest_number(tmp_path):
    for name in ("2", "10", "assets"):
        (tmp_path / name).mkdir()
    assert newest_of(tmp_path) == tmp_path / "10"
