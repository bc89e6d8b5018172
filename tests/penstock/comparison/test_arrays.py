"""Columns of two models for the same rows: equal to themselves, and one changed value is found with its row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from penstock.comparison.arrays import column_difference, compare_arrays

NUMBERS = arrays.arrays(
    np.float32, st.tuples(st.integers(1, 6), st.integers(1, 3)), elements=st.floats(-100, 100, width=32)
)


@given(values=NUMBERS, data=st.data())
def test_columns_are_equal_to_themselves_and_one_changed_value_is_found(values, data):
    columns = {"a": values, "label": np.array([b"x"] * len(values), object)}
    assert compare_arrays("model", columns, dict(columns), 0.0).level == "equal"
    row, unit = data.draw(st.integers(0, len(values) - 1)), data.draw(st.integers(0, values.shape[1] - 1))
    changed = values.copy()
    changed[row, unit] += 1000
    part = compare_arrays("model", columns, {**columns, "a": changed}, 1e-6)
    assert (part.level, part.counts) == ("different", {"columns": 1})
    assert part.words.startswith(f"1 of 2 columns for 1 of {len(values)} rows; at most ")
    assert f"a, row {row + 1}" in part.details[0]


@pytest.mark.parametrize(
    ("change", "level"), [(0.0, "equal"), (1e-8, "close"), (1e-3, "different"), (np.nan, "different")]
)
def test_difference_is_relative_to_the_largest_value_of_the_column(change, level):
    one = {"a": np.array([[0.0], [2000.0]])}
    other = {"a": np.array([[2000.0 * change], [2000.0]])}
    found = compare_arrays("model", one, other, 1e-6)
    assert found.level == level
    assert np.isnan(change) or found.difference == pytest.approx(change)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([np.nan, 1.0, np.inf], [np.nan, 1.0, np.inf], [0, 0, 0]),
        ([np.nan, 1.0, np.inf], [0.0, np.nan, -np.inf], [np.inf] * 3),
        ([0.0, 0.0], [0.0, 0.0], [0, 0]),
        ([1, 2], [1, 4], [0, 0.5]),
        ([b"a", b"b"], [b"a", b"c"], [0, np.inf]),
        ([[1.0, 2.0]], [[1.0, 2.0, 3.0]], [np.inf]),
        ([], [], []),
    ],
)
def test_difference_of_each_row_is_that_of_its_values(one, other, expected):
    kind = object if one and isinstance(one[0], bytes) else None
    found = column_difference(np.array(one, kind), np.array(other, kind))
    assert found.tolist() == expected


def test_column_of_one_model_alone_and_another_width_are_found():
    one, other = {"a": np.zeros((2, 1)), "b": np.zeros((2, 3))}, {"b": np.zeros((2, 4)), "c": np.zeros((2, 1))}
    found = compare_arrays("transform", one, other, 1e-6)
    assert found.level == "different"
    assert found.difference is None
    assert found.details == ("a: only in A", "c: only in B", "b: shape [2, 3] and [2, 4]")
