"""Columns by kind, and as matrices."""

import numpy as np
import pytest

from modules.families.problem import Columns, joined

ROWS = {
    "a": np.array([1.0, 2.0]),
    "b": np.array([3.0, 4.0]),
    "f": np.array([0.0, 1.0]),
    "c": np.array([5, 6]),
    "v": np.array([[7.0, 8.0], [9.0, 10.0]]),
}


@pytest.mark.parametrize(
    ("columns", "matrices"),
    [
        (Columns(["b", "a"], [], {}), {"numbers": [[3, 1], [4, 2]]}),
        (Columns([], ["f"], {"c": 7}), {"flags": [[0], [1]], "categories": [[5], [6]]}),
        (Columns(["a"], [], {}, {"v": 2}), {"numbers": [[1], [2]], "vector_0": [[7, 8], [9, 10]]}),
    ],
)
def test_columns_of_a_kind_stand_side_by_side_and_a_vector_alone(columns, matrices):
    found = columns.matrices(ROWS, np.stack)
    assert {kind: matrix.tolist() for kind, matrix in found.items()} == matrices


def test_names_are_those_of_all_kinds():
    assert Columns(["a"], ["f"], {"c": 7}, {"v": 2}).names == ["a", "f", "c", "v"]


def test_joined_rows_are_those_of_both_parts_in_order():
    parts = ({"a": np.array([1.0]), "b": np.array([0.0])}, np.array([1])), ({"a": np.array([2.0])}, np.array([0]))
    values, labels = joined(*parts, Columns(["a"], [], {}))
    assert {name: column.tolist() for name, column in values.items()} == {"a": [1.0, 2.0]}
    assert labels.tolist() == [1, 0]
