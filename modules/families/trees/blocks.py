"""What the graphs of trees share: their tables as variables, and rows that are computed block by block."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf


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
