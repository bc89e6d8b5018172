"""The latency of single requests, by a clock of the test."""

import pytest

from penstock.parity.forms import Form
from penstock.parity.latency import WARM_UP, Limits, measure, percentile
from tests.penstock.parity.tiny_server import golden


class Clock:
    """A clock that moves by the next duration at each request."""

    def __init__(self, durations):
        self.now, self.durations, self.sent = 0.0, iter(durations), []

    def __call__(self):
        return self.now

    def send(self, server, rows):
        self.sent.append(rows)
        self.now += next(self.durations, 1.0)


def run(durations, **given):
    clock = Clock([9.0] * WARM_UP + durations)
    limits = Limits(**{"requests": 10, "seconds": 1000.0, **given})
    return measure(Form("JSON rows", "rest", clock.send), None, golden(), limits, clock), clock


def test_warm_up_does_not_count_and_rows_are_sent_in_turn():
    found, clock = run([0.001 * n for n in range(1, 11)])
    assert (found.requests, found.p50_ms, found.p99_ms, found.budget_ms) == (10, 5.0, 10.0, None)
    assert {len(rows) for rows in clock.sent} == {1}
    assert len(clock.sent) == WARM_UP + 10
    assert clock.sent[0] != clock.sent[1]
    assert clock.sent[0] == clock.sent[3]


def test_measuring_ends_after_its_time_with_at_least_a_tenth_of_the_requests():
    assert run([5.0] * 20, requests=20, seconds=1.0)[0].requests == 2
    assert run([0.3] * 20, requests=20, seconds=1.0)[0].requests == 4


def test_best_round_counts_with_a_budget():
    slow, fast = [0.5] * 10, [0.002] * 10
    found, clock = run(slow + fast + slow, budget_ms=5.0)
    assert (found.p99_ms, found.budget_ms) == (2.0, 5.0)
    assert len(clock.sent) == WARM_UP + 20
    found, clock = run(slow * 3, budget_ms=5.0)
    assert (found.p99_ms, len(clock.sent)) == (500.0, WARM_UP + 30)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.5, 2.0), (0.75, 3.0), (0.99, 4.0), (1.0, 4.0)])
def test_percentile_is_one_of_the_values(share, expected):
    assert percentile([4.0, 1.0, 3.0, 2.0], share) == expected
