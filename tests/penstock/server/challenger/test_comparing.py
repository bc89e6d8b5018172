"""Two answers to one request: which rows are equal, close, different or missing, and the class of each."""

import numpy as np
import pytest

from penstock.server.challenger.comparing import Compared, compare

NAN, INF = float("nan"), float("inf")


def one(champion, challenger, name="y"):
    (found,) = compare({name: np.array(champion)}, {name: np.array(challenger)})
    return found


@pytest.mark.parametrize(
    ("champion", "challenger", "expected"),
    [
        ([1.0, 2.0], [1.0, 2.0], {"equal": 2}),
        ([0.5, 0.5], [0.5, 0.500001], {"equal": 1, "close": 1}),
        ([1e6, 1e6], [1e6 + 1, 1e6 + 100], {"close": 1, "different": 1}),
        ([NAN, NAN, 1.0], [NAN, 1.0, NAN], {"equal": 1, "different": 2}),
        ([INF, INF], [INF, -INF], {"equal": 1, "different": 1}),
        ([1e308], [-1e308], {"different": 1}),
        ([[0.1, 0.9], [0.5, 0.5]], [[0.1, 0.9], [0.4, 0.6]], {"equal": 1, "different": 1}),
        ([1, 2], [1, 3], {"equal": 1, "different": 1}),
        ([1, 2], [1.0, 2.5], {"equal": 1, "different": 1}),
        ([True, False], [True, True], {"equal": 1, "different": 1}),
        ([], [], {}),
        (1.0, 2.0, {"different": 1}),
    ],
)
def test_rows_are_counted_by_result(champion, challenger, expected):
    assert {result: rows for result, rows in one(champion, challenger).rows.items() if rows} == expected


def test_text_is_equal_or_different():
    text = [np.array(values, object) for values in ([b"a", b"b"], [b"a", b"c"])]
    assert compare({"label": text[0]}, {"label": text[1]}) == [Compared("label", {"equal": 1, "different": 1}, 1)]


@pytest.mark.parametrize(
    "challenger",
    [{}, {"other": np.zeros(2)}, {"y": np.zeros(3)}, {"y": np.zeros((2, 2))}, {"y": np.array([b"a", b"b"], object)}],
    ids=["none", "another name", "other rows", "other shape", "text"],
)
def test_output_that_cannot_be_compared_is_missing(challenger):
    assert compare({"y": np.zeros(2)}, challenger) == [Compared("y", {"missing": 2})]


def test_output_of_the_challenger_alone_is_ignored():
    assert [each.output for each in compare({"y": np.zeros(2)}, {"y": np.zeros(2), "z": np.zeros(2)})] == ["y"]


@pytest.mark.parametrize(
    ("name", "champion", "challenger", "same"),
    [
        ("probability", [0.4, 0.5, 0.6], [0.49, 0.4, 0.9], 2),
        ("prediction", [0.4, 0.5, 0.6], [0.49, 0.4, 0.9], None),
        ("probabilities", [[0.2, 0.8], [0.6, 0.4]], [[0.4, 0.6], [0.4, 0.6]], 1),
        ("probabilities", [[NAN, 0.8]], [[NAN, 0.8]], 0),
        ("class", [1, 2], [1, 3], 1),
    ],
)
def test_rows_of_the_same_class_are_counted(name, champion, challenger, same):
    assert one(champion, challenger, name).same_class == same


def test_numbers_of_both_and_their_difference_are_kept_where_they_are_finite():
    found = one([[0.2, 0.8], [NAN, 0.5], [0.3, 0.7]], [[0.4, 0.6], [0.5, 0.5], [0.3, 0.7]])
    assert found.differences == pytest.approx((0.2, 0.0))
    assert found.values == ((0.8, 0.7), (0.6, 0.5, 0.7))
