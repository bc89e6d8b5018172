"""The arguments of the benchmark."""

import pytest

from benchmarks.__main__ import MINUTES, REPEATS, SIZES, fits, parsed


def test_default_is_three_repeats_at_two_sizes_within_eighteen_minutes():
    found = parsed([])
    assert (found.sizes, found.repeats, found.minutes) == (list(SIZES), REPEATS, MINUTES) == ([15_002, 150_020], 3, 18)


@pytest.mark.parametrize("words", [["--sizes", "10"], ["--repeats", "3"], ["--sizes", "10", "--repeats", "1"]])
def test_sizes_or_repeats_that_are_asked_for_are_all_measured(words):
    assert parsed(words).minutes is None


def test_sizes_are_measured_from_the_smallest_and_each_once():
    assert parsed(["--sizes", "150020", "15002", "15002"]).sizes == [15_002, 150_020]


@pytest.mark.parametrize(("minutes", "seconds", "begins"), [(15, 900, True), (15, 901, False), (None, 90_000, True)])
def test_repeat_begins_only_where_it_would_end_in_time(minutes, seconds, begins):
    assert fits(minutes, seconds) is begins
