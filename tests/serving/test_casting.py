"""Columns as a model takes them: what becomes a number, what becomes text, what is refused."""

import datetime
import decimal

import numpy as np
import pyarrow as pa
import pytest

from serving.casting import UnreadableValue, numbers, texts, vectors

NAN = float("nan")
DAY = datetime.date(1970, 1, 2)
NOON = datetime.datetime(1970, 1, 1, 12, 0, 0, 999_999)
EARLY = datetime.datetime(1969, 12, 31, 23, 59, 59, 500_000)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([1, None, 3]), [1, NAN, 3]),
        (pa.array([1.5, NAN, None]), [1.5, NAN, NAN]),
        (pa.array([2**60 + 1]), [2.0**60]),
        (pa.array([True, False, None]), [1, 0, NAN]),
        (pa.array([decimal.Decimal("2.5"), None]), [2.5, NAN]),
        (pa.array([DAY, None]), [86_400, NAN]),
        (pa.array([NOON, None]), [43_200, NAN]),
        (pa.array([EARLY]), [-1]),
        (pa.array([NOON], pa.timestamp("us", "Europe/Berlin")), [43_200]),
        (pa.array(["1", " 2.5 ", "", None, "nan", "1e3"]), [1, 2.5, NAN, NAN, NAN, 1000]),
        (pa.array(["1"], pa.large_string()), [1]),
        (pa.array(["4", "5", "4"]).dictionary_encode(), [4, 5, 4]),
        (pa.array(["1970-01-02", None]), [86_400, NAN]),
        (pa.array(["1970-01-01 00:00:01.5"]), [1]),
        (pa.array(["1970-01-02T01:00:00+01:00", "1970-01-02T00:00:00Z"]), [86_400, 86_400]),
        (pa.array([None, None]), [NAN, NAN]),
        (pa.array([None], pa.list_(pa.int64())), [NAN]),
        (pa.array([], pa.string()), []),
    ],
)
def test_numbers_are_read_from_each_kind_of_column(column, expected):
    np.testing.assert_array_equal(numbers(column), np.array(expected, np.float64))


@pytest.mark.parametrize(
    ("column", "position", "value"),
    [
        (pa.array(["1", None, "x", "y"]), 2, "x"),
        (pa.array(["1970-01-01", "soon"]), 1, "soon"),
        (pa.array(["1", "1970-01-01", "soon"]), 2, "soon"),
        (pa.array(["1", "1970-01-01"]), 1, "1970-01-01"),
        (pa.array([None, [1]]), 1, "[1]"),
        (pa.array([None, datetime.time(12)]), 1, "12:00:00"),
        (pa.array(["a"]).dictionary_encode(), 0, "a"),
    ],
)
def test_value_that_is_no_number_is_told_with_its_place(column, position, value):
    with pytest.raises(UnreadableValue) as caught:
        numbers(column)
    assert (caught.value.position, caught.value.value) == (position, value)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array(["größe", "", None, " x "]), ["größe", "", "", " x "]),
        (pa.array([1, None]), ["1", ""]),
        (pa.array([5.0, 0.5, NAN, None]), ["5", "0.5", "", ""]),
        (pa.array([True, None]), ["true", ""]),
        (pa.array([decimal.Decimal("2.50"), None]), ["2.50", ""]),
        (pa.array([DAY]), ["1970-01-02"]),
        (pa.array([b"raw", None]), ["raw", ""]),
        (pa.array(["a", None]).dictionary_encode(), ["a", ""]),
        (pa.array([None], pa.list_(pa.int64())), [""]),
        (pa.array([None]), [""]),
    ],
)
def test_texts_are_read_from_each_kind_of_column(column, expected):
    assert texts(column).tolist() == [text.encode() for text in expected]


def test_list_has_no_plain_text_and_is_refused():
    with pytest.raises(UnreadableValue, match=r"\[1, 2\]"):
        texts(pa.array([None, [1, 2]]))


PAIRS = [[1, 2], None, [3, 4]]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(PAIRS),
        pa.array(PAIRS, pa.list_(pa.float32())),
        pa.array(PAIRS, pa.large_list(pa.int16())),
        pa.array(PAIRS, pa.list_(pa.int64(), 2)),
        pa.array([[1, 2], [], [3, 4]]),
        pa.array([[9, 9], [1, 2], None, [3, 4]])[1:],
        pa.array([[9, 9], [1, 2], None, [3, 4]], pa.list_(pa.float64(), 2))[1:],
        pa.array([["1", "2"], None, ["3", "4"]]),
        pa.array(["[1, 2]", "", "[3.0, 4e0]"]),
        pa.array(["[1, 2]", None, "[3, 4]"], pa.large_string()),
        pa.array([[decimal.Decimal(1), decimal.Decimal(2)], None, [decimal.Decimal(3), decimal.Decimal(4)]]),
    ],
    ids=lambda column: str(column.type),
)
def test_lists_become_rows_of_numbers_and_a_missing_one_is_nan(column):
    np.testing.assert_array_equal(vectors(column, 2), [[1, 2], [NAN, NAN], [3, 4]])


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[1, None], [NAN, 2]], pa.list_(pa.float64())),
        pa.array([[1, None], [None, 2]]),
        pa.array(["[1, null]", "[null, 2]"]),
    ],
)
def test_what_is_missing_within_a_list_keeps_its_place(column):
    np.testing.assert_array_equal(vectors(column, 2), [[1, NAN], [NAN, 2]])


@pytest.mark.parametrize(
    "column", [pa.array([None, None]), pa.array([None, None], pa.list_(pa.int8(), 3)), pa.array(["", ""])]
)
def test_lists_that_are_all_missing_are_nan(column):
    np.testing.assert_array_equal(vectors(column, 3), np.full((2, 3), NAN))


@pytest.mark.parametrize(
    ("column", "position", "value"),
    [
        (pa.array([[1, 2], [1, 2, 3]]), 1, "[1, 2, 3]"),
        (pa.array([[1, 2], None, [1]]), 2, "[1]"),
        (pa.array([[1, 2, 3]], pa.list_(pa.int64(), 3)), 0, "[1, 2, 3]"),
        (pa.array([None, 3.5]), 1, "3.5"),
        (pa.array([["1", "2"], ["1", "x"]]), 1, "['1', 'x']"),
        (pa.array(["[1, 2]", "[1, 2"]), 1, "[1, 2"),
        (pa.array(["[1, 2]", "red"]), 1, "red"),
        (pa.array(["[1, 2]", '[1, "x"]']), 1, '[1, "x"]'),
        (pa.array(["[1, 2]", "[[1], [2]]"]), 1, "[[1], [2]]"),
        (pa.array(["[1, 2]", "7"]), 1, "7"),
        (pa.array(["[1, 2]", "[1, 2, 3]"]), 1, "[1.0, 2.0, 3.0]"),
        (pa.array([[[1], [2]]]), 0, "[[1], [2]]"),
    ],
)
def test_first_value_that_is_no_list_of_the_length_is_told(column, position, value):
    with pytest.raises(UnreadableValue) as caught:
        vectors(column, 2)
    assert (caught.value.position, caught.value.value) == (position, value)
