import numpy as np

from modules.analysis.sample import Sample
from modules.analysis.weak_slices import weak_slices
from penstock.core.documents.analysis import Condition
from tests.modules.analysis.samples import sample

ROWS = sample(3000)
random = np.random.default_rng(1)


def test_nothing_is_found_in_losses_that_depend_on_nothing():
    found, tested = weak_slices(ROWS, random.exponential(size=3000))
    assert found == ()
    assert tested > 100


def test_slice_of_one_column_is_found():
    losses = random.exponential(size=3000) + (ROWS.columns["colour"] == b"red")
    found, _ = weak_slices(ROWS, losses)
    assert found[0].conditions == (Condition(column="colour", category="red"),)
    assert found[0].p < 1e-6
    assert found[0].rows == int((ROWS.columns["colour"] == b"red").sum())
    assert found[0].loss > found[0].others + 0.8


def test_slice_of_two_columns_is_found_and_is_before_its_parts():
    inside = (ROWS.columns["colour"] == b"") & (ROWS.columns["zone"] == 2)
    found, _ = weak_slices(ROWS, random.exponential(size=3000) + 2 * inside)
    assert set(found[0].conditions) == {
        Condition(column="colour", missing=True),
        Condition(column="zone", category="2"),
    }
    assert len(found) < 4


def test_range_of_numbers_is_found():
    found, _ = weak_slices(ROWS, random.exponential(size=3000) + (ROWS.columns["noise"] > 0.8))
    [condition] = found[0].conditions
    assert condition.column == "noise"
    assert condition.low > 0.4
    assert condition.high is None


def test_great_losses_that_are_close_together_lose_no_digits():
    losses = 1e9 + random.exponential(size=3000) + (ROWS.columns["colour"] == b"red")
    assert weak_slices(ROWS, losses)[0][0].conditions == (Condition(column="colour", category="red"),)


def test_few_rows_and_losses_that_are_no_numbers_have_no_slices():
    assert weak_slices(ROWS.first(40), np.ones(40)) == ((), 0)
    assert weak_slices(ROWS, np.full(3000, np.nan)) == ((), 0)
    assert weak_slices(Sample({}, np.ones(9), 9), np.ones(9)) == ((), 0)
