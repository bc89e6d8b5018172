import json
import math

import pytest

from penstock.server.rest.examples import read
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


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("[1.5, 1e39, NaN]", "float_list", [1.5, math.inf, math.nan]),
        ('["a", "é"]', "bytes_list", [b"a", "é".encode()]),
        ('["a", {"b64": "YQ"}]', "bytes_list", [b"a", b"a"]),
        ("[1, -9223372036854775808]", "int64_list", [1, -(2**63)]),
        ("[1, true]", "int64_list", [1, 1]),
        ("18446744073709551616", "float_list", [2.0**64]),
        ("[]", None, []),
    ],
)
def test_values_become_a_list_of_their_type(text, kind, values):
    from tensorflow.core.example.example_pb2 import Example

    _, examples = read(f'{{"examples":[{{"x":{text}}},{{"x":["other"],"x":{text}}}]}}'.encode())
    for serialized in examples:
        feature = Example.FromString(serialized).features.feature["x"]
        assert feature.WhichOneof("kind") == kind
        assert kind is None or str(list(getattr(feature, kind).value)) == str(values)
