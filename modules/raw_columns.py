"""Raw columns as tf.io.parse_example gives them, sparse or dense.

Apart from the transform, so that who only loads it does not hang on how columns are transformed.
"""

from typing import Any

import tensorflow as tf


def batch_size(column: Any) -> tf.Tensor:
    """Return the number of rows of a raw column, sparse or dense, as an int64 scalar."""
    return column.dense_shape[0] if isinstance(column, tf.SparseTensor) else tf.shape(column, tf.int64)[0]
