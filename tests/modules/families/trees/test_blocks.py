"""Rows that are computed block by block."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("rows", [0, 1, 4, 5, 9])
def test_any_number_of_rows_is_computed_in_blocks(rows):
    import tensorflow as tf

    from modules.families.trees.blocks import in_blocks

    matrix, widths = tf.constant(np.arange(3.0 * rows).reshape(3, rows)), []

    def compute(block):
        tf.py_function(lambda width: widths.append(int(width)), [tf.shape(block)[1]], [])
        return tf.transpose(block)

    found = tf.function(lambda values: in_blocks(values, 4, [3], compute))(matrix)
    np.testing.assert_array_equal(found, matrix.numpy().T)
    assert widths == [4] * (rows // 4) + ([rows % 4] if rows % 4 or not rows else [])


def test_table_is_a_variable_that_is_not_trained():
    from modules.families.trees.blocks import variable

    assert not variable(np.zeros(2)).trainable
