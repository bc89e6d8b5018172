import json
import math

import pytest

from tests.penstock.server.rest.cases import NUMBERS, PAIRS, PARSING, PREDICT, STRINGS, VALUES, check, name_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", [*PARSING, *NUMBERS, *VALUES, *PAIRS, *STRINGS], ids=name_of)
def test_a_body_is_answered_as_by_tensorflow_serving(call, case):
    check(call, case)


def test_negative_zero_and_nan_come_back(call):
    reply = call("POST", PREDICT, '{"instances":[-0.0,NaN]}')
    zero, number = json.loads(reply.body)["predictions"]
    assert math.copysign(1, zero) == -1
    assert math.isnan(number)
