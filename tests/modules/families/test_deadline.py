"""Deadlines on a clock that a test sets, and the estimated time of fitting and saving."""

import math
import time

import pytest

from modules.families.deadline import (
    LEAST_SECONDS,
    MAX_LIMIT,
    MAX_WALL_FACTOR,
    Deadline,
    ProcessorClock,
    default_time_limit,
    network_saving_seconds,
    saving_seconds,
)
from modules.families.problem import Columns

FEW = Columns(["a_xf"], ["a_xf_missing"], {}, {})
WIDE = Columns([f"n{number}_xf" for number in range(2_000)], [], {})


def test_seconds_are_counted_on_the_clock_that_is_given():
    times = [10.0, 12.0, 17.0, 17.0, 11.0]
    deadline = Deadline.after(5, lambda: times.pop(0))
    assert deadline.at == 15
    assert (deadline.left(), deadline.left(), deadline.now()) == (3, -2, 17)
    # A clock that goes backwards, or stops, must not give a duration that cannot be divided by.
    assert deadline.since(17) == LEAST_SECONDS


def test_moved_deadline_keeps_its_clock():
    moved = Deadline.after(5, lambda: 1.0).moved(3)
    assert (moved.at, moved.left(), moved.since(0.5)) == (3, 2, 0.5)


def test_deadline_without_a_limit_is_infinite_on_the_clock_of_the_process():
    assert Deadline().left() == math.inf
    assert Deadline().clock is time.process_time


@pytest.mark.parametrize(
    ("wall", "seconds", "starved"),
    [(1.0, 3.0, False), (59.0, 3.0, False), (3.0 * MAX_WALL_FACTOR + 20, 4.0, True)],
)
def test_clock_counts_processor_time_whatever_the_wall_says_up_to_a_factor(wall, seconds, starved):
    processor, walls = iter([5.0, 8.0, 8.0]), iter([100.0, 100.0 + wall, 100.0 + wall])
    clock = ProcessorClock(lambda: next(processor), lambda: next(walls))
    assert clock() == pytest.approx(seconds)
    assert clock.is_starved is starved


@pytest.mark.slow
def test_deadline_counts_processor_time_so_that_a_sleep_costs_nothing():
    processor, wall = time.process_time(), time.monotonic()
    deadline = Deadline.after(1.0)
    time.sleep(0.2)
    # Other threads of the tests may use some, and a busy machine may sleep longer.
    used = time.process_time() - processor + (time.monotonic() - wall) / MAX_WALL_FACTOR
    assert deadline.left() >= 1.0 - used - 1e-6


@pytest.mark.parametrize(
    ("rows", "seconds"), [(1, 13), (150, 14), (1797, 22), (10_030, 63), (100_000, 513), (10**6, 600), (10**9, 600)]
)
def test_time_limit_grows_with_the_number_of_rows(rows, seconds):
    assert round(default_time_limit(rows, FEW, 0)) == seconds


def test_time_limit_grows_with_columns_and_classes_and_includes_saving():
    assert default_time_limit(600, WIDE, 20) > default_time_limit(600, WIDE, 2) > default_time_limit(600, FEW, 2)
    assert default_time_limit(600, WIDE, 0) - default_time_limit(600, FEW, 0) > saving_seconds(WIDE) - saving_seconds(
        FEW
    )
    assert default_time_limit(10**9, WIDE, 20) == pytest.approx(
        MAX_LIMIT + saving_seconds(WIDE) - saving_seconds(Columns([], [], {}))
    )


def test_network_costs_more_the_more_categories_it_embeds():
    categories = Columns([], [], {f"c{number}_xf": 10 for number in range(30)})
    assert network_saving_seconds(categories) > 2 * network_saving_seconds(FEW)
