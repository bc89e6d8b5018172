"""Copies for the challenger: compared and counted, whatever it does; the request never waits."""

import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from penstock.server.challenger.challenger import Challenger
from penstock.server.challenger.metrics import ChallengerMetrics
from penstock.server.challenger.options import Challenging
from penstock.server.copying.answered import Answered
from penstock.server.copying.waiting import Limits
from penstock.server.errors import Code, ServingError

X = np.array([1.0, 2.0])


class Second:
    """A version that adds something to its input, and models that have it as their challenger."""

    def __init__(self, version=2, add=0.0, error=None, is_loaded=True):
        self.version, self.add, self.error, self.is_loaded = version, add, error, is_loaded
        self.signatures = {"serving_default": self.answer}
        self.reached, self.may_go = threading.Event(), threading.Event()
        self.may_go.set()

    def answer(self, inputs):
        self.reached.set()
        assert self.may_go.wait(60)
        if self.error:
            raise self.error
        return {"y": inputs["x"] + self.add}

    def is_challenged(self, model):
        return model == "m"

    @contextmanager
    def lease_challenger(self, model):
        if not self.is_loaded:
            raise ServingError(Code.UNAVAILABLE, "not loaded")
        yield self


def answered(signature="serving_default", version=1):
    return Answered("m", version, signature, {"x": X}, {"y": X}, "id")


def sent(second, *copies, limits=None, while_busy=()):
    """Return the numbers of requests by outcome, and of rows by result."""
    registry = CollectorRegistry()
    challenger = Challenger(Challenging(1.0, limits or Limits()), second, ChallengerMetrics(registry))
    for copy in copies:
        challenger.offer(copy)
    if while_busy:
        assert second.reached.wait(60)
    for copy in while_busy:
        challenger.offer(copy)
    second.may_go.set()
    challenger.close()
    samples = [sample for metric in registry.collect() for sample in metric.samples]
    return {
        sample.labels.get("outcome") or f"{sample.labels['result']} rows": sample.value
        for sample in samples
        if sample.name.endswith(("_requests_total", "_rows_total"))
    }


def test_copy_is_compared():
    assert sent(Second(add=0.5), answered()) == {"compared": 1, "different rows": 2}
    assert sent(Second(), answered()) == {"compared": 1, "equal rows": 2}


@pytest.mark.parametrize(
    ("second", "copy", "outcome"),
    [
        (Second(error=ServingError(Code.INVALID_ARGUMENT, "no")), answered(), "failed"),
        (Second(error=ValueError("no")), answered(), "failed"),
        (Second(error=MemoryError()), answered(), "failed"),
        (Second(), answered("other"), "failed"),
        (Second(is_loaded=False), answered(), "unavailable"),
        (Second(), answered(version=2), "same"),
    ],
)
def test_copy_that_cannot_be_compared_is_counted_and_so_is_the_next_one(second, copy, outcome):
    assert sent(second, copy, copy) == {outcome: 2}


def test_first_failure_is_logged(caplog):
    sent(Second(error=ServingError(Code.INVALID_ARGUMENT, "refused")), answered(), answered())
    assert [record.message for record in caplog.records] == [
        "model m: the challenger failed at a copy of request id, which version 1 answered: INVALID_ARGUMENT: refused"
    ]


def test_copies_above_the_limit_are_dropped_and_counted():
    second = Second()
    second.may_go.clear()
    counted = sent(second, answered(), limits=Limits(count=2), while_busy=[answered()] * 5)
    assert (counted["compared"], counted["dropped"]) == (3, 3)


def test_thread_pauses_four_times_as_long_as_it_computed():
    paused, may_end = [], threading.Event()

    def pause(seconds):
        paused.append(seconds)
        may_end.set()

    second = Second()
    second.signatures = {"serving_default": lambda inputs: {"y": sum(np.sin(X) for _ in range(20_000))}}
    challenger = Challenger(Challenging(1.0), second, ChallengerMetrics(CollectorRegistry()), pause)
    begin = time.process_time()
    challenger.offer(answered())
    assert may_end.wait(60)
    spent = time.process_time() - begin
    challenger.close()
    assert 0 < paused[0] <= min(1.0, 4 * spent)


def test_share_of_the_requests_of_models_with_a_challenger_is_wanted():
    challenger = Challenger(Challenging(1.0), Second(), ChallengerMetrics(CollectorRegistry()))
    none = Challenger(Challenging(0.0), Second(), ChallengerMetrics(CollectorRegistry()))
    assert challenger.wants("m", "id")
    assert not challenger.wants("other", "id")
    assert not none.wants("m", "id")
    challenger.close()
    none.close()
    assert not challenger.wants("m", "id")
