"""Requests that are put together; the signatures wait until the test lets them go on."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from penstock.server.errors import Code, ServingError
from penstock.server.models.batching import Batcher
from penstock.server.models.config import Batching
from penstock.server.models.joining import Arrays
from penstock.server.models.observer import Observer
from penstock.server.models.signature import Signature, TensorInfo

ROWS = TensorInfo("x:0", 1, (None,))


class Leased:
    """A version that counts its users."""

    model = "m"

    def __init__(self):
        self.users = 0

    def acquire(self):
        self.users += 1

    def release(self):
        self.users -= 1


class Gate:
    """A graph that remembers its calls, each of which waits until it is opened."""

    def __init__(self):
        self.calls, self.began, self.opened = [], threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, tensors):
        self.calls.append(tensors[0].tolist())
        self.began.release()
        self.opened.acquire()
        if (tensors[0] < 0).any():
            raise ServingError(Code.INVALID_ARGUMENT, "negative")
        return [tensors[0] * 2]

    def signature(self, outputs=ROWS):
        return Signature("s", "", {"x": ROWS}, {"y": outputs}, self)


class Seen(Observer):
    def __init__(self):
        self.batches = []

    def batched(self, model, requests, rows, waited):
        self.batches.append((requests, rows))


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as executor:
        yield executor


@pytest.fixture
def seen():
    return Seen()


def rows_of(values):
    return Arrays({"x": np.array(values, np.float32)}, len(values))


def ask(pool, batcher, servable, signature, values):
    return pool.submit(batcher.run, servable, signature, rows_of(values))


def answers(futures):
    return [future.result(60).outputs()["y"].tolist() for future in futures]


def queue(batcher, count):
    """Wait until so many requests wait for their call."""
    while sum(len(lane.waiting) for lane in list(batcher._lanes.values())) < count:
        time.sleep(0.0005)


def test_requests_that_arrive_during_a_call_share_the_next_one(pool, seen):
    with ThreadPoolExecutor(2) as calls:
        batcher, gate, servable = Batcher(Batching(rows=4), calls, seen), Gate(), Leased()
        signature = gate.signature()
        first = ask(pool, batcher, servable, signature, [1.0])
        gate.began.acquire()
        others = []
        for index, values in enumerate(([2.0], [3.0, 4.0], [5.0, 6.0])):
            others.append(ask(pool, batcher, servable, signature, values))
            queue(batcher, index + 1)
        gate.opened.release(10)
        assert answers([first, *others]) == [[2.0], [4.0], [6.0, 8.0], [10.0, 12.0]]
    assert gate.calls == [[1.0], [2.0, 3.0, 4.0], [5.0, 6.0]]
    assert seen.batches == [(1, 1), (2, 3), (1, 2)]
    assert servable.users == 0
    assert batcher._lanes == {}


def test_request_that_fails_fails_alone(pool, seen):
    with ThreadPoolExecutor(2) as calls:
        batcher, gate, servable = Batcher(Batching(rows=9), calls, seen), Gate(), Leased()
        signature = gate.signature()
        first = ask(pool, batcher, servable, signature, [1.0])
        gate.began.acquire()
        others = []
        for index, values in enumerate(([2.0], [-1.0], [3.0])):
            others.append(ask(pool, batcher, servable, signature, values))
            queue(batcher, index + 1)
        gate.opened.release(10)
        assert answers([first, others[0], others[2]]) == [[2.0], [4.0], [6.0]]
        with pytest.raises(ServingError, match="negative"):
            others[1].result(60)
    assert servable.users == 0


def test_signatures_versions_and_shapes_are_never_put_together(pool, seen):
    with ThreadPoolExecutor(8) as calls:
        batcher, gate = Batcher(Batching(rows=9), calls, seen), Gate()
        one, other, servable = gate.signature(), gate.signature(), Leased()
        futures = [
            ask(pool, batcher, servable, one, [1.0]),
            ask(pool, batcher, servable, other, [2.0]),
            ask(pool, batcher, servable, one, [[3.0]]),
            ask(pool, batcher, servable, one, [[4.0, 5.0]]),
        ]
        for _ in futures:
            gate.began.acquire()
        gate.opened.release(10)
        assert answers(futures) == [[2.0], [4.0], [[6.0]], [[8.0, 10.0]]]
    assert seen.batches == [(1, 1)] * 4


@pytest.mark.parametrize(
    ("outputs", "rows", "takes"),
    [
        (ROWS, 1, True),
        (ROWS, 3, True),
        (ROWS, 4, False),
        (ROWS, None, False),
        (TensorInfo("y:0", 1, ()), 1, False),
        (TensorInfo("y:0", 1, (1,)), 1, False),
        (TensorInfo("y:0", 1, None), 1, False),
    ],
)
def test_only_rows_of_signatures_with_rows_are_put_together(seen, outputs, rows, takes):
    assert Batcher(Batching(rows=4), None, seen).takes(Gate().signature(outputs), rows) is takes


def test_outputs_with_another_number_of_rows_are_answered_alone(pool, seen):
    calls = []

    def total(tensors):
        calls.append(len(tensors[0]))
        began.release()
        opened.acquire()
        return [np.array([tensors[0].sum()])]

    began, opened = threading.Semaphore(0), threading.Semaphore(0)
    signature = Signature("s", "", {"x": ROWS}, {"y": ROWS}, total)
    with ThreadPoolExecutor(2) as executor:
        batcher, servable = Batcher(Batching(rows=9), executor, seen), Leased()
        futures = [ask(pool, batcher, servable, signature, [1.0])]
        began.acquire()
        futures += [ask(pool, batcher, servable, signature, values) for values in ([2.0, 3.0], [4.0, 5.0])]
        queue(batcher, 2)
        opened.release(10)
        assert answers(futures) == [[1.0], [5.0], [9.0]]
    assert calls == [1, 4, 2, 2]


def test_event_loop_gets_its_answers_without_waiting_for_a_thread(seen):
    async def ask_all():
        requests = [rows_of([float(number)]) for number in range(50)]
        return await asyncio.gather(*(batcher.run_async(servable, signature, each) for each in requests))

    gate, servable = Gate(), Leased()
    gate.opened.release(100)
    signature = gate.signature()
    with ThreadPoolExecutor(2) as executor:
        batcher = Batcher(Batching(rows=16), executor, seen)
        found = asyncio.run(ask_all())
    assert [answer.outputs()["y"].tolist() for answer in found] == [[2.0 * number] for number in range(50)]
    assert sum(requests for requests, _ in seen.batches) == 50
    assert servable.users == 0


def test_request_may_wait_for_others_behind_a_call(pool, seen):
    with ThreadPoolExecutor(2) as calls:
        batcher, gate, servable = Batcher(Batching(rows=2, seconds=60.0), calls, seen), Gate(), Leased()
        signature = gate.signature()
        gate.opened.release(10)
        first = ask(pool, batcher, servable, signature, [1.0])
        gate.opened.acquire()
        assert first.result(60).outputs()["y"].tolist() == [2.0]
