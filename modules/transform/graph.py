"""The graph of Transform as a function from raw to transformed columns.

TFT's own loader walks the graph once per transformed column to find the raw columns that it needs. Our graph processes
all columns together, so that each needs all of them, and with 2,000 columns the walk takes many minutes.
"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft


def batch_size(column: Any) -> tf.Tensor:
    """Return the number of rows of a raw column, sparse or dense, as an int64 scalar."""
    return column.dense_shape[0] if isinstance(column, tf.SparseTensor) else tf.shape(column, tf.int64)[0]


class TransformGraph(tf.Module):
    """The transform of a table; a model with this attribute is saved with the vocabularies."""

    def __init__(self, transform: tft.TFTransformOutput) -> None:
        """Load the graph."""
        super().__init__()
        self._loaded = tf.saved_model.load(transform.transform_savedmodel_dir)
        self._raw: Mapping[str, Any] = self._loaded.transform_fn.structured_input_signature[0][0]

    def __call__(self, rows: Mapping[str, Any]) -> dict[str, tf.Tensor]:
        """Return the transformed columns of a batch.

        Args:
            rows: The raw columns as tf.io.parse_example returns them. A column that is not there, such as the label
                when serving, is missing in every row.
        """
        size = batch_size(next(iter(rows.values())))
        columns = {name: rows[name] if name in rows else _missing(kind, size) for name, kind in self._raw.items()}
        transformed: dict[str, tf.Tensor] = self._loaded.transform_fn(columns)
        return transformed


def _missing(kind: Any, size: tf.Tensor) -> Any:
    """Return a column of missing values; one of a fixed shape is all zeros."""
    if isinstance(kind, tf.SparseTensorSpec):
        indices = tf.zeros([0, 2], tf.int64)
        return tf.SparseTensor(indices, tf.zeros([0], kind.dtype), tf.stack([size, tf.ones_like(size)]))
    return tf.zeros([size, *kind.shape[1:]], kind.dtype)
