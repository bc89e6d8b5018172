"""The error of a server that differs."""

import pytest

from penstock.parity.checking import Finding
from penstock.parity.comparison import Difference
from penstock.parity.refusal import refusal
from tests.penstock.parity.tiny_server import golden

FOUND = Difference("probability", 1, 8.25, 7.0, 0.15)


@pytest.mark.parametrize(
    ("columns", "place"),
    [
        ([], "golden row 2"),
        (["the fare"], "golden row 2, column the fare = None"),
        (["kind", "pair"], "golden row 2, column kind = 'Card' and pair = [None, 4]"),
    ],
)
def test_sentence_names_form_row_column_and_both_values(columns, place):
    error = refusal(Finding("JSON rows", FOUND, "probability 8.25", "probability 7"), golden(), columns)
    sentence = f"the server's answer to JSON rows, {place}: expected probability 8.25, received probability 7"
    assert str(error) == f"{sentence}; see docs/tasks/certificate.md."
    lines = ("the fare = None", "kind = 'Card'", "pair = [None, 4]")
    assert error.details == (() if columns else lines)


def test_answer_that_cannot_be_compared_has_no_row():
    error = refusal(Finding("JSON rows", None, "an answer", "status 400"), golden(), [])
    assert (error.what, error.details) == ("the server's answer to JSON rows", ())
