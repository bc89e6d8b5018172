"""The column that a difference comes from."""

import json

import pytest

from penstock.core.errors import NodeError
from penstock.parity.blame import Offline, columns_of, is_missing
from penstock.parity.forms import FORMS
from penstock.parity.rest import RestServer
from tests.penstock.parity.tiny_server import golden, model

ABSENT = {"fare": None, "kind": "", "pair": [None, None]}


def predict(examples):
    found = [model(json.loads(each)) for each in examples]
    return {name: [each[name] for each in found] for name in found[0]}


def without(example, column):
    name = column.removeprefix("the ")
    return json.dumps({**json.loads(example), name: ABSENT[name]}).encode()


def refuse(examples):
    raise NodeError("the rows", "values that the model takes", "none", "correct the data")


@pytest.mark.parametrize(("form", "column"), [(0, "the fare"), (1, "pair"), (2, "kind"), (0, "kind")])
def test_column_whose_value_makes_the_difference_is_found(server, form, column):
    name = column.removeprefix("the ")

    def wrong(row):
        value = row[name][0] if name == "pair" else row[name]
        extra = 0.0 if value is None or value == "" or value != value else 1.0
        return model(row) | {"probability": model(row)["probability"] + extra}

    server.model = wrong
    client = RestServer(server.url, "taxi", 3)
    assert columns_of(FORMS[form], client, golden().part(0, 1), Offline(predict, without), 1e-6) == [column]
    client.close()


@pytest.mark.slow
def test_difference_of_any_row_or_of_refused_requests_has_no_column(server):
    server.model = lambda row: model(row) | {"probability": -1.0}
    client = RestServer(server.url, "taxi", 3)
    row, offline = golden().part(0, 1), Offline(predict, without)
    assert columns_of(FORMS[0], client, row, offline, 1e-6) == []
    assert columns_of(FORMS[0], client, row, Offline(refuse, without), 1e-6) == []
    server.answer = lambda path, body: (400, {"error": "a value is needed"})
    assert columns_of(FORMS[0], client, row, offline, 1e-6) == []
    client.close()


@pytest.mark.parametrize(
    ("value", "missing"),
    [(None, True), ("", True), ([None, None], True), ([1.0, None], False), (0.0, False), ("a", False)],
)
def test_missing_values_are_recognized(value, missing):
    assert is_missing(value) is missing
