"""Scores of single columns, compared with scikit-learn, and of columns that determine the label or are noise."""

import datetime

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from penstock.proposal.scores import category_codes, list_numbers, numbers, read_numbers, single_score, target

DRAW = np.random.default_rng(1)
X = DRAW.normal(size=4000)
NOISE = DRAW.normal(size=4000)


def label(task, values, classes=()):
    return target(pa.chunked_array([pa.array(values)]), task, tuple((value,) for value in classes))


BINARY = label("binary", X + NOISE > 0, (False, True))
CLASSES = label("multiclass", np.digitize(X, [-1, 1]), (0, 1, 2))
AMOUNT = label("regression", 3 * X + 100)


def test_the_area_of_a_monotone_column_is_that_of_scikit_learn():
    assert single_score(X, label=BINARY, is_category=False) == pytest.approx(roc_auc_score(BINARY.values, X), abs=0.02)


@pytest.mark.parametrize("aim", [BINARY, CLASSES, AMOUNT])
def test_the_label_itself_has_the_highest_score_and_noise_the_lowest(aim):
    assert single_score(aim.values.astype(float), label=aim, is_category=aim is not AMOUNT) >= 0.999
    nothing = 0.5 if aim.task == "binary" else 0.0
    assert single_score(NOISE[::-1].copy(), label=aim, is_category=False) == pytest.approx(nothing, abs=0.15)


def test_a_category_of_many_values_does_not_look_better_than_it_is():
    unique = np.arange(4000.0)
    assert single_score(unique, label=BINARY, is_category=True) == pytest.approx(0.5, abs=0.05)


def test_missing_values_can_give_a_label_away():
    column = np.where(BINARY.values == 1, np.nan, X)
    assert single_score(column, label=BINARY, is_category=False) >= 0.99


def test_a_bent_column_gives_amounts_away_as_well():
    assert single_score(np.exp(X), label=AMOUNT, is_category=False) >= 0.99
    assert single_score(-7 * X, label=AMOUNT, is_category=False) >= 0.9999


def test_huge_values_are_no_trouble():
    assert single_score(X * 1e300, label=AMOUNT, is_category=False) >= 0.99
    assert np.isfinite(single_score(np.full(4000, np.nan), label=AMOUNT, is_category=False))


def test_rows_without_a_label_are_not_known():
    found = label("multiclass", ["a", None, "b", "z"], ("a", "b"))
    assert found.known.tolist() == [True, False, True, False]
    assert label("regression", [1.0, None, float("inf"), 1e300]).known.tolist() == [True, False, False, False]
    assert label("regression", ["1.5", "x", None]).values[0] == 1.5


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array([1, None, 3]), [1, np.nan, 3]),
        (pa.array([True, False]), [1, 0]),
        (pa.array([datetime.date(1970, 1, 3), None]), [2, np.nan]),
        (pa.array([datetime.datetime(1970, 1, 1, 12)]), [0.5]),
        (pa.array(["b", "a", "b", "", None]), [0, 1, 0, np.nan, np.nan]),
        (pa.array([b"x", None]), [0, np.nan]),
        (pa.array([2, 1], pa.int64()).cast(pa.decimal128(30, 2)), [2, 1]),
    ],
)
def test_every_kind_of_column_becomes_numbers(array, expected):
    np.testing.assert_array_equal(numbers(array), expected)


def test_codes_become_places_by_frequency():
    np.testing.assert_array_equal(category_codes(pa.array([70, 5, 5, None])), [1, 0, 0, np.nan])


@pytest.mark.parametrize(
    "array",
    [
        pa.array([[1, 2], None, [3, 4]]),
        pa.array([[1.0, 2.0], None, [3.0, 4.0]], pa.list_(pa.float32(), 2)),
    ],
)
def test_each_place_of_a_list_becomes_a_column(array):
    np.testing.assert_array_equal(list(list_numbers(array, 2)), [[1, np.nan, 3], [2, np.nan, 4]])


def test_lists_that_are_all_missing_become_nothing():
    assert np.isnan(list(list_numbers(pa.array([None], pa.list_(pa.int64())), 2))).all()


def test_text_that_reads_as_numbers_becomes_them():
    np.testing.assert_array_equal(read_numbers(pa.array(["1.5", "NA", None, ""])), [1.5, np.nan, np.nan, np.nan])


def test_values_that_stand_for_one_class_are_one():
    found = target(pa.chunked_array([["yes", "no", "YES", "?"]]), "binary", (("no",), ("yes", "YES")))
    assert found.values[found.known].tolist() == [1, 0, 1]
    assert found.known.tolist() == [True, True, True, False]
