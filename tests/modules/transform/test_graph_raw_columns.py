"""How many rows a raw column has, whatever its form."""

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("rows", "width"), [(3, 1), (0, 1), (5, 4)])
def test_size_is_that_of_the_rows_sparse_or_dense(rows, width):
    import tensorflow as tf

    from modules.transform.graph import batch_size

    dense = tf.zeros([rows, width])
    # What has no value at all still has its rows.
    empty = tf.SparseTensor(tf.zeros([0, 2], tf.int64), tf.zeros([0]), [rows, width])
    assert [int(batch_size(column)) for column in (dense, tf.sparse.from_dense(dense + 1), empty)] == [rows] * 3
    assert batch_size(dense).dtype == batch_size(empty).dtype == tf.int64
