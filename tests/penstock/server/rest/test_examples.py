import json

import pytest

from tests.penstock.server.rest.cases import CLASSIFY, EXAMPLES, check, name_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", EXAMPLES, ids=name_of)
def test_examples_are_answered_as_by_tensorflow_serving(call, case):
    check(call, case)


def test_an_answer_has_a_class_and_a_score_for_each_class(call):
    reply = call("POST", CLASSIFY, '{"examples":[{"x":1.5},{"x":[1.5]},{"x":1.5,"unknown":"a"}]}')
    assert json.loads(reply.body)["results"] == [[["no", 0.182425499], ["yes", 0.817574501]]] * 3
    assert reply.headers["x-penstock-version"] == "7"


def test_values_of_a_row_replace_those_of_the_context(call):
    body = '{"signature_name":"regress","context":{"x":9.0},"examples":[{"x":0.0},{}]}'
    first, second = json.loads(call("POST", "/v1/models/estimator:regress", body).body)["results"]
    assert (first, second > 0.99) == (0.5, True)
