import asyncio
import json
import math

import pytest

from tests.penstock.server.rest.cases import ECHO, NUMBERS, PAIRS, PARSING, PREDICT, STRINGS, VALUES, check, name_of
from tests.penstock.server.rest.conftest import Caller

pytestmark = pytest.mark.slow
CASES = [*PARSING, *NUMBERS, *VALUES, *PAIRS, *STRINGS]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_body_is_answered_as_by_tensorflow_serving(call, case):
    check(call, case)


def test_negative_zero_and_nan_come_back(call):
    reply = call("POST", PREDICT, '{"instances":[-0.0,NaN]}')
    zero, number = json.loads(reply.body)["predictions"]
    assert math.copysign(1, zero) == -1
    assert math.isnan(number)


@pytest.fixture(scope="module")
def call_batching(models):
    """Call an application that puts rows of requests together; many requests at the same time."""
    from penstock.server.models.config import Batching, Settings
    from penstock.server.models.models import Models
    from penstock.server.rest.application import application

    batching = Models(models.configs(), Settings(batching=Batching(rows=64)))
    yield Caller(application(batching))
    batching.close()


@pytest.fixture(scope="module")
def replies(call_batching):
    """The replies to each case of the table, which were sent together, and each of them three times."""

    async def send():
        return await asyncio.gather(*(call_batching.answer(method, *rest, {}) for method, *rest in requests))

    encoded = [(case, case[2].encode() if isinstance(case[2], str) else case[2]) for case in CASES]
    requests = [(case[0], case[1].replace("~", ECHO), body) for case, body in encoded for _ in range(3)]
    # From the second time on the calls are known to be short.
    asyncio.run(send())
    found = {}
    for request, reply in zip(requests, asyncio.run(send()), strict=True):
        found.setdefault(request, []).append(reply)
    return found


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_body_is_answered_the_same_way_together_with_others(replies, case):
    body = case[2].encode() if isinstance(case[2], str) else case[2]
    found = replies[case[0], case[1].replace("~", ECHO), body]
    assert len(found) >= 3
    for reply in found:
        check(lambda *_, reply=reply: reply, case)


def test_rows_of_many_requests_come_back_to_theirs(call_batching):
    async def send():
        bodies = [json.dumps({"instances": rows}).encode() for rows in wanted]
        return await asyncio.gather(*(call_batching.answer("POST", PREDICT, body, {}) for body in bodies))

    wanted = [[float(number + step) for step in range(number % 3 + 1)] for number in range(100)]
    for _ in range(3):
        assert [json.loads(reply.body)["predictions"] for reply in asyncio.run(send())] == wanted
