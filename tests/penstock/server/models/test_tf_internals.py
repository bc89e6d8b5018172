import numpy as np
import pytest
import tensorflow as tf

from penstock.server.models.tf_internals import callable_of

pytestmark = pytest.mark.slow


def test_callable_takes_and_returns_tensors_in_the_given_order():
    with tf.Graph().as_default() as graph:
        left = tf.compat.v1.placeholder(tf.float32, [None], "left")
        right = tf.compat.v1.placeholder(tf.float32, [None], "right")
        difference, total = tf.subtract(left, right, "difference"), tf.add(left, right, "total")
    with tf.compat.v1.Session(graph=graph) as session:
        call = callable_of(session, [right.name, left.name], [total.name, difference.name])
        answer = call(np.array([1.0], np.float32), np.array([5.0], np.float32))
    assert [values.tolist() for values in answer] == [[6.0], [4.0]]
