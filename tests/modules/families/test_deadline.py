"""A deadline on a clock that a test sets."""

import math
import time

from modules.families.deadline import LEAST_SECONDS, Deadline


def test_seconds_are_counted_on_the_clock_that_is_given():
    times = [10.0, 12.0, 17.0, 17.0, 11.0]
    deadline = Deadline.after(5, lambda: times.pop(0))
    assert deadline.at == 15
    assert (deadline.left(), deadline.left(), deadline.now()) == (3, -2, 17)
    # A clock that goes backwards, or stands still, must not make a duration that nobody can divide by.
    assert deadline.since(17) == LEAST_SECONDS


def test_moved_deadline_keeps_its_clock():
    moved = Deadline.after(5, lambda: 1.0).moved(3)
    assert (moved.at, moved.left(), moved.since(0.5)) == (3, 2, 0.5)


def test_no_limit_leaves_time_without_end_on_the_machine_s_own_clock():
    assert Deadline().left() == math.inf
    assert Deadline().clock is time.monotonic
