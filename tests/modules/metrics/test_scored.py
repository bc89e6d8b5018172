"""Sums over scored rows, with each bucket left out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.metrics.scored import BUCKETS, Scored, group, one_column, scored

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=70)


@given(NUMBERS, st.sampled_from([0, 2, 3, 20]))
def test_sums_without_a_bucket_are_those_of_the_other_rows(numbers, buckets):
    taken = np.array(numbers)
    rows = Scored(taken, taken, buckets=buckets)
    without = [taken[np.arange(len(taken)) % buckets != bucket] for bucket in range(buckets)]
    assert rows.sums(taken) == pytest.approx([part.sum() for part in (taken, *without)], abs=1e-6)
    assert rows.counts.tolist() == [len(part) for part in (taken, *without)]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=70), st.sampled_from([0, 2, 20]))
def test_sums_by_group_are_those_of_its_rows(groups, buckets):
    numbers, weights = np.array(groups), np.arange(len(groups)) + 1.0
    rows = Scored(weights, weights, buckets=buckets)
    found, counted = rows.sums_by(numbers, 4, weights), rows.sums_by(numbers, 4)
    for place in range(4):
        assert found[:, place] == pytest.approx(rows.sums(weights * (numbers == place)))
        assert counted[:, place] == pytest.approx(rows.sums(numbers == place))


@pytest.mark.parametrize(("rows", "buckets"), [(BUCKETS - 1, 0), (BUCKETS, BUCKETS), (1000, BUCKETS)])
def test_buckets_are_as_many_as_get_a_row_each(rows, buckets):
    order = np.arange(rows)[::-1]
    found = scored(np.arange(rows), np.linspace(0, 1, rows, dtype=np.float32), order)
    assert (found.buckets, len(found), found.predictions.dtype) == (buckets, rows, np.float64)
    assert found.labels[0] == rows - 1


def test_what_was_computed_is_not_computed_again():
    rows, calls = Scored(np.ones(3), np.ones(3)), []
    for _ in range(2):
        assert rows.cached("x", lambda given: calls.append(given) or 5) == 5
    assert calls == [rows]


@pytest.mark.parametrize("predictions", [[], [0.5, np.nan], [np.inf]])
def test_rows_without_a_number_are_not_usable(predictions):
    assert not Scored(np.ones(len(predictions)), np.array(predictions)).usable


@pytest.mark.parametrize(
    ("columns", "values", "expected"),
    [
        ((), [], {(): None}),
        (("c",), [["x", "y", "x"]], {(("c", "x"),): [0, 2], (("c", "y"),): [1]}),
        (("c",), [[None, "y", None]], {(("c", "y"),): [1]}),
        (("c",), [[None]], {}),
        (("c",), [[]], {}),
        (("c",), [[0, 1, 0]], {(("c", 0),): [0, 2], (("c", 1),): [1]}),
        (
            ("c", "d"),
            [["x", "x", "x", None], [1, 2, 1, 1]],
            {(("c", "x"), ("d", 1)): [0, 2], (("c", "x"), ("d", 2)): [1]},
        ),
    ],
)
def test_rows_are_grouped_by_the_values_that_they_have(columns, values, expected):
    found = dict(group(columns, values))
    assert {key: None if rows is None else rows.tolist() for key, rows in found.items()} == expected


@pytest.mark.parametrize(("shape", "expected"), [((4,), (4,)), ((4, 1), (4,)), ((4, 3), (4, 3)), ((0, 1), (0,))])
def test_one_number_per_row_loses_its_second_axis(shape, expected):
    assert one_column(np.zeros(shape)).shape == expected
