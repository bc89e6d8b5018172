"""The features of trees: numbers with NaN for missing, categories, vectors."""

import numpy as np
import pytest

from modules.families.problem import Columns
from modules.families.trees.columns import TreeColumns
from tests.modules.families.problems import CATEGORIES, COLUMNS, rows_of


def test_missing_numbers_are_nan_and_their_flags_no_features():
    rows, features = rows_of(50), TreeColumns(COLUMNS)
    matrix = features.matrix(rows)
    # miles, at, its hour, shared, loud; kind, zone; three numbers of the text; the ranks of kind and zone
    assert matrix.shape == (50, features.count) == (50, 12)
    assert matrix.dtype == np.float32
    missing = [rows[f"{name}_xf_missing"] > 0 for name in ("miles", "at", "at", "shared")]
    np.testing.assert_array_equal(np.isnan(matrix[:, :4]), np.stack(missing, axis=1))
    present = ~missing[0]
    np.testing.assert_array_equal(matrix[present, 0], rows["miles_xf"][present])
    np.testing.assert_array_equal(matrix[:, 5], rows["kind_xf"])
    np.testing.assert_array_equal(matrix[:, 7:10], rows["text_xf"])
    np.testing.assert_array_equal(matrix[:, features.ranks], matrix[:, list(features.categories)])
    assert features.categories == {5: CATEGORIES, 6: 40}


@pytest.mark.parametrize(
    "columns",
    [
        Columns(["a_xf"], ["a_xf_missing"], {}),
        Columns(["a_xf"], [], {}),
        Columns([], ["a_xf_missing"], {}),
        Columns([], [], {"a_xf": 3}),
        Columns([], [], {}, {"a_xf": 2}),
        Columns(["a_xf", "a_xf_xf"], ["a_xf_missing"], {"b_xf": 4}, {"c_xf": 2}),
    ],
)
@pytest.mark.slow
def test_tensor_is_the_matrix_whatever_kinds_there_are(columns):
    import tensorflow as tf

    draw = np.random.default_rng(1)
    rows = {name: draw.normal(size=6).astype(np.float32) for name in columns.numbers}
    rows |= {name: draw.integers(0, 2, 6).astype(np.float32) for name in columns.flags}
    rows |= {name: draw.integers(0, size, 6) for name, size in columns.categories.items()}
    rows |= {name: draw.normal(size=(6, width)).astype(np.float32) for name, width in columns.vectors.items()}
    features = TreeColumns(columns)
    tensor = features.tensor({name: tf.constant(values) for name, values in rows.items()})
    np.testing.assert_array_equal(tensor.numpy().T, features.matrix(rows))


@pytest.mark.slow
def test_tensor_of_all_kinds_is_the_matrix():
    import tensorflow as tf

    rows, features = rows_of(50), TreeColumns(COLUMNS)
    tensor = features.tensor({name: tf.constant(values) for name, values in rows.items()})
    np.testing.assert_array_equal(tensor.numpy().T, features.matrix(rows))
