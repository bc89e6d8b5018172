"""Requests of one event loop that are put together."""

import asyncio

import numpy as np
import pytest

from penstock.server.errors import Code, ServingError
from penstock.server.models import loop_batching
from penstock.server.models.joining import Arrays
from penstock.server.models.loop_batching import LoopBatcher
from penstock.server.models.observer import Observer
from penstock.server.models.signature import FEW_ROWS, Signature, TensorInfo

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


class Seen(Observer):
    def __init__(self):
        self.batches = []

    def batched(self, model, requests, rows, waited):
        self.batches.append((requests, rows))


@pytest.fixture
def seen():
    return Seen()


def signature():
    def doubled(tensors):
        if (tensors[0] < 0).any():
            raise ServingError(Code.INVALID_ARGUMENT, "negative")
        return [tensors[0] * 2]

    return Signature("s", "", {"x": ROWS}, {"y": ROWS}, doubled)


def ask(batcher, servable, asked, values):
    return batcher.run(servable, asked, Arrays({"x": np.array(values, np.float32)}, len(values)))


def answer_all(seen, *requests, rows=4):
    servable, batcher = Leased(), LoopBatcher(rows, seen)

    async def ask_all():
        return await asyncio.gather(*(ask(batcher, servable, *each) for each in requests), return_exceptions=True)

    found = asyncio.run(ask_all())
    assert servable.users == 0
    return [each if isinstance(each, Exception) else each.outputs()["y"].tolist() for each in found]


def test_requests_that_the_loop_has_read_share_calls_of_limited_size(seen):
    asked = signature()
    values = [[1.0], [2.0, 3.0], [4.0, 5.0], [6.0]]
    assert answer_all(seen, *((asked, each) for each in values)) == [[2.0], [4.0, 6.0], [8.0, 10.0], [12.0]]
    assert seen.batches == [(2, 3), (2, 3)]


def test_a_request_is_never_delayed(seen):
    assert answer_all(seen, (signature(), [1.0])) == [[2.0]]
    assert seen.batches == [(1, 1)]


def test_requests_that_arrive_while_others_wait_share_their_call(seen):
    servable, batcher, asked = Leased(), LoopBatcher(100, seen), signature()

    async def arrive(turns):
        for _ in range(turns):
            await asyncio.sleep(0)
        return (await ask(batcher, servable, asked, [float(turns)])).outputs()["y"].tolist()

    async def arrive_one_by_one():
        return await asyncio.gather(*map(arrive, range(10)))

    assert asyncio.run(arrive_one_by_one()) == [[2.0 * turns] for turns in range(10)]
    assert seen.batches == [(10, 10)]


def test_a_full_call_is_not_delayed_by_those_who_arrive_later(seen):
    servable, batcher, asked = Leased(), LoopBatcher(3, seen), signature()

    async def arrive(turns):
        for _ in range(turns):
            await asyncio.sleep(0)
        return await ask(batcher, servable, asked, [1.0])

    async def arrive_one_by_one():
        await asyncio.gather(*map(arrive, range(12)))

    asyncio.run(arrive_one_by_one())
    assert sum(rows for _, rows in seen.batches) == 12
    assert max(rows for _, rows in seen.batches) == 3


def test_requests_wait_no_longer_than_the_limit_for_others(seen, monkeypatch):
    monkeypatch.setattr(loop_batching, "_READING_SECONDS", 0.0)
    values = [[1.0], [2.0]]
    asked = signature()
    assert answer_all(seen, *((asked, each) for each in values)) == [[2.0], [4.0]]
    assert seen.batches == [(2, 2)]


def test_a_request_that_fails_fails_alone(seen):
    asked = signature()
    first, second, third = answer_all(seen, (asked, [1.0]), (asked, [-1.0]), (asked, [3.0]))
    assert (first, third) == ([2.0], [6.0])
    assert second.message == "negative"


def test_signatures_and_shapes_are_never_put_together(seen):
    one = signature()
    answer_all(seen, (one, [1.0]), (signature(), [2.0]), (one, [[3.0]]))
    assert seen.batches == [(1, 1)] * 3


def test_a_request_whose_client_has_left_is_released(seen):
    servable, batcher, asked = Leased(), LoopBatcher(4, seen), signature()

    async def leave():
        left = asyncio.ensure_future(ask(batcher, servable, asked, [1.0]))
        stays = asyncio.ensure_future(ask(batcher, servable, asked, [2.0]))
        await asyncio.sleep(0)
        left.cancel()
        return (await stays).outputs()["y"].tolist()

    assert asyncio.run(leave()) == [4.0]
    assert servable.users == 0


@pytest.mark.parametrize(
    ("calls", "takes"),
    [
        ([], False),
        ([(1, 0.0005)], True),
        ([(1, 0.02)], False),
        ([(1, 0.0005), (100, 0.005)], True),
        ([(1, 0.0005), (100, 0.02)], False),
        ([(100, 0.005)], False),
    ],
    ids=["never called", "short", "long", "short for many rows", "long for many rows", "one row never called"],
)
def test_only_calls_that_were_short_are_made_by_the_loop(seen, calls, takes):
    asked = signature()
    for rows, seconds in calls:
        asked.took(rows, seconds)
    assert LoopBatcher(128, seen).takes(asked) is takes


def test_one_slow_call_does_not_make_a_signature_slow():
    asked = signature()
    for seconds in (0.001, 0.5, 0.5):
        asked.took(FEW_ROWS, seconds)
        asked.took(2 * FEW_ROWS, seconds)
    assert asked.seconds < 0.0011
    assert asked.row_seconds < 0.0011 / FEW_ROWS
