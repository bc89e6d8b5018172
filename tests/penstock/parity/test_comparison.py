"""The comparison of answers with expected values."""

import math

import pytest

from penstock.parity.comparison import Mismatch, compare

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("expected", "received", "row", "size"),
    [
        ([0.5, 0.25], [0.5, 0.25], 0, 0.0),
        ([0.5, 0.25], [0.5, 0.3], 1, 0.05),
        ([1000.0], [1001.0], 0, 0.001),  # relative where it is above 1
        ([NAN, INF], [NAN, INF], 0, 0.0),
        ([1.0, NAN], [1.0, 2.0], 1, INF),
        ([1.0], [NAN], 0, INF),
        ([INF], [-INF], 0, INF),
        ([[0.1, 0.9], [0.5, 0.5]], [[0.1, 0.9], [0.5, 0.75]], 1, 0.25),
        (["a", "b"], ["a", "c"], 1, 1.0),
        (["a"], [1], 0, 1.0),
        ([], [], 0, 0.0),
    ],
)
def test_largest_difference_is_found_with_its_row(expected, received, row, size):
    found = compare({"p": expected}, {"p": received})["p"]
    assert (found.row, found.size) == (row, pytest.approx(size))
    if expected:
        assert (found.expected, found.received) == (expected[row], received[row]) or size == 0 or math.isinf(size)


@pytest.mark.parametrize(
    ("expected", "received", "words"),
    [
        ({"p": [1.0]}, {}, ("the outputs p", "none")),
        ({"p": [1.0]}, {"p": [1.0], "q": [1.0]}, ("the outputs p", "p, q")),
        ({"p": [1.0]}, {"p": [1.0, 2.0]}, ("1 rows of p", "2")),
        ({"p": [1.0]}, {"p": ["x"]}, ("numbers as p", "other values")),
        ({"p": [1.0]}, {"p": [None]}, ("p of shape [1]", "x")),
        ({"p": [1.0, 2.0]}, {"p": [[1.0], 2.0]}, ("numbers as p", "other values")),
        ({"p": [[1.0, 2.0]]}, {"p": [[1.0]]}, ("p of shape [1, 2]", "shape [1, 1]")),
    ],
)
def test_answer_of_another_form_is_refused(expected, received, words):
    if received.get("p") == [None]:  # NumPy reads it as NaN
        assert compare(expected, received)["p"].size == INF
        return
    with pytest.raises(Mismatch) as error:
        compare(expected, received)
    assert (error.value.expected, error.value.received) == words
