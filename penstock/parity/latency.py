"""The latency of requests of one row."""

import itertools
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from penstock.core.documents.certificate import Latency
from penstock.parity.forms import Form
from penstock.parity.golden import GoldenRows

WARM_UP = 10
# Another process can take the processor for a while: a budget is missed if each round misses it.
ROUNDS = 3


@dataclass(frozen=True)
class Limits:
    """How long is measured.

    Attributes:
        requests: The most requests.
        seconds: The longest time; at least a tenth of the requests are sent.
        budget_ms: The greatest p99 that passes. If it is missed, the best of a few rounds counts.
    """

    requests: int
    seconds: float
    budget_ms: float | None = None


def measure(
    form: Form,
    server: object,
    rows: GoldenRows,
    limits: Limits,
    clock: Callable[[], float] = time.perf_counter,
) -> Latency:
    """Return the latency of requests of one row each, one after the other.

    Args:
        form: The form of the requests.
        server: What they are sent to.
        rows: The golden rows, which are sent in turn.
        limits: How long is measured.
        clock: Returns the time in seconds.
    """
    turns = itertools.cycle([rows.part(place, place + 1) for place in range(min(len(rows), limits.requests))])
    for _ in range(WARM_UP):
        form.send(server, next(turns))
    best: Latency | None = None
    for _ in range(1 if limits.budget_ms is None else ROUNDS):
        found = _round(form, server, turns, limits, clock)
        p50, p99 = percentile(found, 0.50), percentile(found, 0.99)
        latency = Latency(
            form=form.name, requests=len(found), p50_ms=round(p50, 3), p99_ms=round(p99, 3), budget_ms=limits.budget_ms
        )
        best = min((each for each in (best, latency) if each is not None), key=lambda each: each.p99_ms)
        if limits.budget_ms is None or best.p99_ms <= limits.budget_ms:
            break
    assert best is not None  # noqa: S101  for mypy; there was a round
    return best


def _round(
    form: Form, server: object, turns: Iterator[GoldenRows], limits: Limits, clock: Callable[[], float]
) -> list[float]:
    """Return the milliseconds of each request."""
    end = clock() + limits.seconds
    found: list[float] = []
    while len(found) < limits.requests and (len(found) < limits.requests // 10 or clock() < end):
        row = next(turns)
        begun = clock()
        form.send(server, row)
        found.append((clock() - begun) * 1000)
    return found


def percentile(values: list[float], share: float) -> float:
    """Return the least value that is not exceeded by a share of the values."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
