"""What the graphs of trees share: their tables as variables, and rows that are computed block by block."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

# Rows are few if a step of the loop over features and groups takes at most so many values for them: on 16 forests it
# took some 6 microseconds however few its values were, in which about as many values are computed. Those of all steps
# are limited where there is more than one row, as larger results do not fit into a cache.
STEP_VALUES, MOST_VALUES = 2**13, 2**23
# The masks of a part, and the number of parts.
FEW_MASKS, MOST_PARTS = 4, 8


def variable(values: Any) -> tf.Variable:
    """Return a table as a variable of the model: a constant would be in the graph of each signature."""
    return tf.Variable(values, trainable=False)


def in_blocks(
    matrix: tf.Tensor, size: int, shape: Sequence[int], compute: Callable[[tf.Tensor], tf.Tensor]
) -> tf.Tensor:
    """Return what is computed of blocks of rows, one after the other, so that intermediate results stay small.

    Args:
        matrix: A column for each row: [features, rows].
        size: The most rows of a block.
        shape: The shape of the result of a row.
        compute: Returns the results of a block, float64 [rows of the block, *shape].

    Returns:
        The results, float64 [rows, *shape].
    """
    whole = [None, *shape]
    blocks = tf.maximum((tf.shape(matrix)[1] + size - 1) // size, 1)
    parts = tf.TensorArray(tf.float64, blocks, element_shape=whole, infer_shape=False)

    def block(number: tf.Tensor, parts: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
        return number + 1, parts.write(number, compute(matrix[:, number * size : (number + 1) * size]))

    _, parts = tf.while_loop(lambda number, _: number < blocks, block, (0, parts), parallel_iterations=1)
    return tf.ensure_shape(parts.concat(), whole)


def few_rows(step: int, values: int) -> int:
    """Return how many rows are few: what excludes their leaves is computed at once and not step by step.

    Args:
        step: The values that a step takes for each row.
        values: Those that all steps take.
    """
    return min(STEP_VALUES // max(step, 1), max(MOST_VALUES // max(values, 1), 1))


def common_bits(count: int, masks_of: Callable[[int, int], tf.Tensor]) -> tf.Tensor:
    """Return the bits that all of a number of masks have, with operations whose number hardly depends on it.

    Args:
        count: The number of masks, at least one.
        masks_of: Returns the masks from one place up to another, [masks, ...].
    """
    # A slice of a tensor is often a copy: most masks are combined in parts, without slices.
    size = min(count, max(FEW_MASKS, -(-count // MOST_PARTS)))
    # Masks that are in two parts change nothing.
    ends = [min(start + size, count) for start in range(0, count, size)]
    masks = functools.reduce(tf.bitwise.bitwise_and, [masks_of(end - size, end) for end in ends])
    while size > 1:
        kept = (size + 1) // 2
        masks = tf.bitwise.bitwise_and(masks[:kept], masks[size - kept : size])
        size = kept
    return masks[0]
