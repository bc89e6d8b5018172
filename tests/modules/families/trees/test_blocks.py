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


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 13, 32, 33, 100])
def test_common_bits_are_those_of_every_mask(count):
    import tensorflow as tf

    from modules.families.trees.blocks import common_bits

    masks = np.random.default_rng(count).integers(0, 2**20, (count, 3, 7)).astype(np.int32) | (2**31 - 2**20)
    # Each mask alone has a bit that all others lack.
    for place in range(count):
        masks[:, place % 3, place % 7] |= 1
        masks[place, place % 3, place % 7] &= ~1
    found = common_bits(count, lambda start, end: tf.constant(masks[start:end]))
    np.testing.assert_array_equal(found, np.bitwise_and.reduce(masks, axis=0))


@pytest.mark.parametrize("values", [0, 1, 1000, 2**18, 2**18 + 1, 2**31, 2**40])
def test_few_rows_are_those_whose_values_fit_into_a_cache(values):
    from modules.families.trees.blocks import FEW_VALUES, few_rows

    rows = few_rows(values)
    assert rows * values <= FEW_VALUES
    assert (rows + 1) * max(values, 1) > FEW_VALUES
