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


@pytest.mark.parametrize("steps", [0, 1, 30, 10**4, 10**7])
@pytest.mark.parametrize("step", [0, 1, 25, 250, 2**13, 2**13 + 1])
def test_few_rows_take_few_values_in_each_step_and_in_all_of_them(step, steps):
    from modules.families.trees.blocks import MOST_VALUES, STEP_VALUES, few_rows

    rows, values = few_rows(step, steps * step), steps * step
    assert rows * step <= STEP_VALUES
    assert rows <= 1 or rows * values <= MOST_VALUES
    more = rows + 1
    assert more * max(step, 1) > STEP_VALUES or more * max(values, 1) > MOST_VALUES


def test_single_row_is_computed_at_once_however_many_trees_there_are():
    from modules.families.trees.blocks import few_rows

    assert few_rows(25, 58 * 128 * 25) > 1
    assert few_rows(50, 10**9) == 1
