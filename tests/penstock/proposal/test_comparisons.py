"""The search for separated classes, and the cut on all rows; test_pairs.py has whole tables."""

import numpy as np
import pytest

from penstock.proposal.comparisons import compared, separated, spread

ROWS = 2_000
NOISE = np.random.default_rng(8).normal(size=(8, ROWS))
LABEL = NOISE[0] > NOISE[1]


def pairs_of(*columns, label=LABEL):
    return list(separated(np.column_stack(columns), label))


def test_only_separated_pairs_are_searched_on():
    assert pairs_of(NOISE[2], NOISE[0], NOISE[3], NOISE[1]) == [(1, 3)]


def test_columns_with_values_in_one_class_only_are_no_pairs():
    assert pairs_of(*np.where(LABEL, NOISE, np.nan)) == []
    few = LABEL | (np.cumsum(~LABEL) % 200 == 0)
    assert pairs_of(*np.where(few, NOISE[:2], np.nan)) == []


def test_column_that_nearly_decides_alone_makes_no_pair():
    assert pairs_of(NOISE[2] + 10 * LABEL, NOISE[3]) == []
    assert pairs_of(NOISE[2] + 10 * LABEL, NOISE[3], NOISE[0], NOISE[1]) == [(2, 3)]


@pytest.mark.parametrize("count", [0, 49])
def test_class_of_few_rows_has_no_pairs(count):
    assert pairs_of(NOISE[0], NOISE[1], label=LABEL & (np.cumsum(LABEL) <= count)) == []


def test_equal_values_are_on_one_side_of_a_cut():
    one, other = np.round(NOISE[0]), np.round(NOISE[1])
    assert compared(one, other, one > other, 100) == "{} is above {} in 2,000 of 2,000 rows"
    assert compared(one, other, one >= other, 100) == "{} is above {} in 2,000 of 2,000 rows"
    # Of the equal ones, some are and some are not.
    assert compared(one, other, (one > other) | ((one == other) & LABEL), 100) is None


@pytest.mark.parametrize(
    ("rows", "words"), [(999, None), (1_000, "{} divided by {} is above 0.5 in 1,000 of 1,000 rows")]
)
def test_few_rows_have_no_cut_but_that_of_equal_values(rows, words):
    one, other = np.exp(NOISE[:2, :rows])
    # None is nearer to the cut.
    one = np.where(one > 0.5 * other, one + 0.01 * other, one - 0.01 * other)
    assert compared(one, other, one > 0.5 * other, 100) == words


def test_rows_without_one_of_the_values_do_not_count():
    one = np.where(np.arange(ROWS) < 500, np.nan, NOISE[0])
    assert compared(one, NOISE[1], LABEL, 1_500) == "{} is above {} in 1,500 of 1,500 rows"
    assert compared(one, NOISE[1], LABEL, 1_501) is None


def test_rows_are_evenly_spaced():
    assert spread(10, 4).tolist() == [0, 3, 6, 9]
    assert spread(3, 4).tolist() == [0, 1, 2]
    assert spread(0, 4).tolist() == []
