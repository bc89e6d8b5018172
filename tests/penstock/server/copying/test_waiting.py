"""Copies that wait: at most so many, and none is lost that was taken."""

import threading

import numpy as np
import pytest

from penstock.server.copying.answered import Answered
from penstock.server.copying.waiting import Limits, Waiting


def copy(value):
    return Answered("m", 1, "s", {"x": np.full(4, value, "f8")}, {})


@pytest.mark.parametrize("limits", [Limits(count=3), Limits(bytes=3 * 32)])
def test_copies_that_fit_are_taken_in_their_order_and_others_refused(limits):
    begun, may_go, taken = threading.Event(), threading.Event(), []

    def take(answered):
        begun.set()
        assert may_go.wait(60)
        taken.append(answered.inputs["x"][0])

    waiting = Waiting("test", limits, take, 60)
    assert waiting.offer(copy(0))
    assert begun.wait(60)
    assert [waiting.offer(copy(value)) for value in range(1, 6)] == [True] * 3 + [False] * 2
    may_go.set()
    waiting.close()
    assert taken == [0, 1, 2, 3]
    assert not waiting.is_open
    assert not waiting.offer(copy(9))


def test_thread_is_called_without_a_copy_from_time_to_time():
    called = threading.Event()
    waiting = Waiting("test", Limits(), lambda answered: called.set() if answered is None else None, 0.01)
    assert called.wait(60)
    waiting.close()
