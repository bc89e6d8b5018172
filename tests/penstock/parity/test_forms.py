"""The forms of a request."""

import math

import pytest

from penstock.parity.comparison import Mismatch
from penstock.parity.forms import FORMS, parts
from tests.penstock.parity.tiny_server import golden, model

BY_NAME = {form.name: form for form in FORMS}


class Rest:
    def __init__(self, answer):
        self.given, self.bodies = answer, []

    def predict(self, body):
        self.bodies.append(body)
        return self.given


class Grpc:
    def __init__(self, answer):
        self.given, self.calls = answer, []

    def predict(self, signature, inputs):
        self.calls.append((signature, inputs))
        return self.given


def test_rows_are_written_with_nan_for_missing_numbers():
    rest = Rest({"predictions": [{"probability": 1.0, "label": "a"}] * 3})
    answer = BY_NAME["JSON rows"].send(rest, golden())
    assert answer == {"probability": [1.0] * 3, "label": ["a"] * 3}
    [body] = rest.bodies
    assert body["instances"][0] == {"fare": 1.5, "kind": "Cash", "pair": [1.0, 2.0]}
    assert math.isnan(body["instances"][1]["fare"])
    assert math.isnan(body["instances"][2]["pair"][1])


def test_columns_of_a_model_with_one_output_have_no_names():
    rest = Rest({"outputs": [1.0, 2.0, 3.0]})
    found = BY_NAME["JSON columns"].send(rest, golden(outputs=("probability",)))
    assert found == {"probability": [1.0, 2.0, 3.0]}
    assert list(rest.bodies[0]["inputs"]) == ["fare", "kind", "pair"]
    rest = Rest({"predictions": [1.0, 2.0, 3.0]})
    assert BY_NAME["JSON rows"].send(rest, golden(outputs=("probability",))) == found


def test_examples_are_sent_in_base64_and_over_grpc_as_bytes():
    rest, grpc = Rest({"predictions": [1.0, 2.0, 3.0]}), Grpc({"probability": [1.0, 2.0, 3.0]})
    rows = golden(outputs=("probability",))
    assert BY_NAME["tf.Example over REST"].send(rest, rows) == BY_NAME["tf.Example over gRPC"].send(grpc, rows)
    assert rest.bodies[0]["signature_name"] == "serve_tf_examples"
    assert grpc.calls == [("serve_tf_examples", {"examples": ("string", rows.serialized())})]


def test_columns_over_grpc_have_their_types_and_text_of_the_answer_is_decoded():
    grpc = Grpc({"label": [b"Cash", b"\xff", "x"]})
    assert BY_NAME["columns over gRPC"].send(grpc, golden()) == {"label": ["Cash", "\ufffd", "x"]}
    [(signature, inputs)] = grpc.calls
    assert (signature, inputs["kind"]) == ("serving_default", ("string", ["Cash", "Card", ""]))
    assert inputs["fare"][0] == "float32"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"predictions": 1},
        {"error": "x" * 200},
        {"predictions": [{"a": 1}, {"b": 1}]},
        {"predictions": [{"a": 1}, 1]},
        {"outputs": 1},
        {"outputs": {"a": 1}},
    ],
)
@pytest.mark.parametrize("form", ["JSON rows", "JSON columns"])
def test_answer_of_another_form_is_a_mismatch(form, answer):
    with pytest.raises(Mismatch) as error:
        BY_NAME[form].send(Rest(answer), golden())
    assert len(error.value.received) <= 80


def test_many_values_are_sent_in_several_requests(monkeypatch):
    monkeypatch.setattr("penstock.parity.forms._MOST_VALUES", 7)
    found = parts(golden())
    assert [len(part) for part in found] == [2, 1]
    assert [row for part in found for row in part.examples] == list(golden().examples)
    monkeypatch.setattr("penstock.parity.forms._MOST_VALUES", 1)
    assert [len(part) for part in parts(golden())] == [1, 1, 1]


def test_model_of_the_small_server_is_that_of_the_golden_rows():
    row = {"fare": 1.5, "kind": "Cash", "pair": [1.0, 2.0]}
    assert golden().expected["probability"][0] == model(row)["probability"]
