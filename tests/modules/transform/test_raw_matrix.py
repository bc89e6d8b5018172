"""Raw columns next to each other, whatever form each has."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.features import Feature, FeatureSpec

pytestmark = pytest.mark.slow


def sparse(tf, values, kind):
    """Return a column of one value per row, None where it is missing."""
    present = [(row, value) for row, value in enumerate(values) if value is not None]
    indices = np.array([[row, 0] for row, _ in present], np.int64).reshape(-1, 2)
    return tf.SparseTensor(indices, tf.constant([value for _, value in present], kind), [len(values), 1])


def test_matrix_keeps_the_order_of_columns_and_marks_what_is_missing():
    import tensorflow as tf

    from modules.transform.raw_matrix import matrix

    columns = [
        sparse(tf, [1.5, None, 3.0], tf.float32),
        tf.constant([[7], [8], [9]], tf.int64),
        sparse(tf, [None, 4, 5], tf.int64),
    ]
    expected = [[1.5, 7, np.nan], [np.nan, 8, 4], [3.0, 9, 5]]
    np.testing.assert_array_equal(matrix(columns, tf.constant(3, tf.int64)), expected)


@given(st.lists(st.lists(st.sampled_from([None, 0, 1, 7]), min_size=4, max_size=4), min_size=1, max_size=6))
def test_columns_without_values_are_missing_wherever_they_are(columns):
    import tensorflow as tf

    from modules.transform.raw_matrix import matrix

    expected = np.array([[np.nan if value is None else value for value in column] for column in columns]).T
    found = matrix([sparse(tf, column, tf.int64) for column in columns], tf.constant(4, tf.int64))
    np.testing.assert_array_equal(found, expected)


def test_empty_text_and_missing_text_are_both_left_out_and_numbers_become_text():
    import tensorflow as tf

    from modules.transform.raw_matrix import present_values

    values, rows, columns = present_values([sparse(tf, ["a", "", None], tf.string), sparse(tf, [None, 5, 6], tf.int64)])
    found = sorted(zip(columns.numpy().tolist(), rows.numpy().tolist(), values.numpy().tolist(), strict=True))
    assert found == [(0, 0, b"a"), (1, 1, b"5"), (1, 2, b"6")]


def test_analyzer_inputs_have_days_for_timestamps_and_no_label_of_two_classes():
    import tensorflow as tf

    from modules.transform.raw_matrix import DAY, analyzer_inputs

    spec = FeatureSpec(
        label="target", task="binary", features=(Feature("at", "timestamp"), Feature("kind", "categorical"))
    )
    inputs = {
        "at": sparse(tf, [DAY, None], tf.int64),
        "kind": sparse(tf, ["a", "b"], tf.string),
        "target": sparse(tf, [0, 1], tf.int64),
    }
    numbers, values, columns, counts = analyzer_inputs(inputs, spec)
    np.testing.assert_array_equal(numbers, [[1.0], [np.nan]])
    assert (values.numpy().tolist(), columns.numpy().tolist(), counts.shape) == ([b"a", b"b"], [0, 0], (1, 0))
