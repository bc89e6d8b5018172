"""Columns in the form of a model's inputs: numbers, text, lists, and refused values."""

import datetime
import decimal

import numpy as np
import pyarrow as pa
import pytest

from penstock.serving.model.casting import UnreadableValue, as_examples, lists, numbers, texts, vectors

NAN = float("nan")


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([2**60 + 1, None]), [2**60 + 1, None]),
        (pa.array([True, False, None]), [1, 0, None]),
        (pa.array([2.5, NAN, float("inf"), None]), [2.5, None, None, None]),
        (pa.array([datetime.date(1970, 1, 2), None], pa.date32()), [86_400, None]),
        (pa.array([datetime.datetime(1969, 12, 31, 23, 59, 59, 500_000)]), [-1]),
        (pa.array([datetime.time(9, 15), None]), [b"09:15:00.000000", None]),
        (pa.array(["größe", "", None, " x "]), ["größe".encode(), None, None, b" x "]),
        (pa.array([b"raw", b""]), [b"raw", None]),
        (pa.array([], pa.string()), []),
    ],
)
def test_values_are_those_of_examples(column, expected):
    assert as_examples("a", column).to_pylist() == expected


@pytest.mark.parametrize(
    ("column", "position"),
    [
        (pa.array([decimal.Decimal(1), decimal.Decimal(2**63)], pa.decimal128(20, 0)), 1),
        (pa.array([None, {"k": 1}]), 0),
    ],
)
def test_value_that_examples_cannot_represent_is_reported_with_its_position(column, position):
    with pytest.raises(UnreadableValue) as caught:
        as_examples("a", column)
    assert caught.value.position == position


def test_numbers_have_nan_for_missing_values():
    np.testing.assert_array_equal(numbers(pa.array([1, None, 2**53])), [1, NAN, 2**53])
    np.testing.assert_array_equal(numbers(pa.array([1.5, None], pa.float32())), [1.5, NAN])
    np.testing.assert_array_equal(numbers(pa.array([None, None], pa.binary())), [NAN, NAN])


def test_text_is_not_a_number():
    with pytest.raises(UnreadableValue) as caught:
        numbers(pa.array([None, b"x"]))
    assert caught.value.position == 1


def test_texts_are_empty_for_missing_values_and_digits_for_numbers():
    assert texts(pa.array(["größe".encode(), None])).tolist() == ["größe".encode(), b""]
    assert texts(pa.array([2**60 + 1, None])).tolist() == [b"1152921504606846977", b""]


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
        pa.array(["[1, 2]", "", "[3.0, 4e0]"]),
        pa.array(["[1, 2]", None, "[3, 4]"], pa.large_string()),
        pa.array([[decimal.Decimal(1), decimal.Decimal(2)], None, [decimal.Decimal(3), decimal.Decimal(4)]]),
    ],
    ids=lambda column: str(column.type),
)
@pytest.mark.parametrize("whole", [False, True])
def test_lists_become_rows_of_numbers_and_a_missing_one_is_nan(column, whole):
    matrix = vectors(column, 2, whole=whole)
    np.testing.assert_array_equal(matrix, [[1, 2], [NAN, NAN], [3, 4]])
    assert lists(matrix, whole=whole).to_pylist() == PAIRS
    assert lists(matrix, whole=whole).type == pa.list_(pa.int64() if whole else pa.float32())


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[1, None], [NAN, 2]], pa.list_(pa.float64())),
        pa.array([[1, None], [None, 2]]),
        pa.array(["[1, null]", "[null, 2]"]),
    ],
)
def test_missing_number_within_a_list_keeps_its_position_unless_the_numbers_are_whole(column):
    np.testing.assert_array_equal(vectors(column, 2), [[1, NAN], [NAN, 2]])
    with pytest.raises(UnreadableValue) as caught:
        vectors(column, 2, whole=True)
    assert caught.value.position == 0


@pytest.mark.parametrize(
    "column",
    [
        pa.array([None, None]),
        pa.array([None, None], pa.int32()),
        pa.array([None, None], pa.list_(pa.int8(), 3)),
        pa.array(["", ""]),
    ],
)
def test_lists_that_are_all_missing_are_nan(column):
    matrix = vectors(column, 3)
    np.testing.assert_array_equal(matrix, np.full((2, 3), NAN))
    assert lists(matrix).to_pylist() == [None, None]


@pytest.mark.parametrize(
    ("column", "position"),
    [
        (pa.array([[1, 2], [1, 2, 3]]), 1),
        (pa.array([[1, 2], None, [1]]), 2),
        (pa.array([[1, 2, 3]], pa.list_(pa.int64(), 3)), 0),
        (pa.array([None, 3.5]), 1),
        (pa.array([None, ["1", "x"]]), 1),
        (pa.array(["[1, 2]", "[1, 2"]), 1),
        (pa.array(["[1, 2]", "red"]), 1),
        (pa.array(["[1, 2]", '[1, "x"]']), 1),
        (pa.array(["[1, 2]", "[[1], [2]]"]), 1),
        (pa.array(["[1, 2]", "7"]), 1),
        (pa.array(["[1, 2]", "[1, 2, 3]"]), 1),
        (pa.array([[[1], [2]]]), 0),
    ],
)
def test_first_value_that_is_not_a_list_of_the_length_is_reported(column, position):
    with pytest.raises(UnreadableValue) as caught:
        vectors(column, 2)
    assert caught.value.position == position


def test_fraction_in_a_list_of_whole_numbers_is_reported():
    with pytest.raises(UnreadableValue) as caught:
        vectors(pa.array([[1.0, 2.0], [1.0, 2.5]]), 2, whole=True)
    assert caught.value.position == 1
