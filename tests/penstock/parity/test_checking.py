"""All forms of request against a server that others wrote."""

import pytest

from penstock.core.errors import StoreError
from penstock.parity.checking import Servers, check, shown
from penstock.parity.rest import Refused, RestServer
from tests.penstock.parity.tiny_server import golden, model

BOTH = "the outputs label, probability"


def checked(server, rows=None, tolerance=1e-6):
    client = RestServer(server.url, "taxi", 3)
    try:
        return check(Servers(rest=client), rows or golden(), tolerance)
    finally:
        client.close()


@pytest.mark.parametrize("outputs", [("probability", "label"), ("probability",), ("label",)])
def test_server_that_answers_as_expected_differs_in_nothing(server, outputs):
    server.outputs = outputs
    forms, finding = checked(server, golden(outputs=outputs))
    assert finding is None
    assert [form.form for form in forms] == ["JSON rows", "JSON columns", "tf.Example over REST"]
    assert {name: value for form in forms for name, value in form.largest.items()} == dict.fromkeys(outputs, 0.0)


@pytest.mark.slow
def test_largest_difference_names_row_and_values(server, monkeypatch):
    monkeypatch.setattr("penstock.parity.forms._MOST_VALUES", 4)
    server.model = lambda row: model(row) | ({"probability": 7.0} if row["kind"] == "Card" else {})
    forms, finding = checked(server)
    assert (finding.form, finding.expected, finding.received) == ("JSON rows", "probability 8.25", "probability 7")
    assert (finding.difference.row, finding.difference.size) == (1, pytest.approx(1.25 / 8.25))
    assert [form.requests for form in forms] == [3, 3, 3]


def test_difference_within_the_tolerance_passes(server):
    server.model = lambda row: model(row) | {"probability": model(row)["probability"] * (1 + 1e-5)}
    assert checked(server, tolerance=2e-5)[1] is None
    assert checked(server, tolerance=2e-6)[1].form == "JSON rows"


def test_only_the_form_that_differs_is_named(server):
    right = server.predict
    other = {"predictions": [{"probability": 0.0, "label": ""}] * 3}
    server.predict = lambda body: other if "signature_name" in body else right(body)
    assert checked(server)[1].form == "tf.Example over REST"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"outputs": ("probability",)}, (BOTH, "probability")),
        ({"predict": lambda body: {"outputs": {}, "predictions": []}}, (BOTH, "probability")),
        ({"predict": lambda body: {}}, ('"predictions" in the answer', "{}")),
        ({"answer": lambda path, body: (400, {"error": "Missing key"})}, ("an answer", "status 400: Missing key")),
    ],
)
def test_answer_that_cannot_be_compared_is_a_difference(server, fault, words):
    for name, value in fault.items():
        setattr(server, name, value)
    forms, finding = checked(server)
    assert (forms, finding.difference, finding.expected) == ([], None, words[0])
    assert finding.received.startswith(words[1])


def test_version_that_is_not_there_and_server_that_is_not_ready_are_errors(server, no_pauses):
    server.versions = [2]
    with pytest.raises(Refused, match="404"):
        checked(server)
    server.versions, server.busy = [3], 100
    with pytest.raises(StoreError, match="503"):
        checked(server)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456789, "0.1234568"), ([0.5, 1.0], "[0.5, 1]"), ((1.0,) * 7, "[1, 1, 1, 1, 1, ...]"), ("a", "'a'")],
)
def test_values_are_shown_in_few_characters(value, text):
    assert shown(value) == text
