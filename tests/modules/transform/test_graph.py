"""The transform as a function gives what TFT's own loader gives, with the label and without it."""

import numpy as np
import pytest

from penstock.core.features import transformed_name
from tests.modules.conftest import LABEL, example, raw_spec

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_columns_are_those_of_tft(fitted, task):
    import tensorflow as tf

    from modules.transform.graph import TransformGraph

    known = fitted(task)
    batch = tf.io.parse_example([example(row) for row in known.rows[:50]], raw_spec(task))
    expected = known.transform.transform_features_layer()(dict(batch))
    graph = TransformGraph(known.transform)
    found = graph(batch)
    assert set(found) == set(expected)
    del batch[LABEL]
    served = tf.function(graph)(batch)
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name])
        if name != transformed_name(LABEL):
            np.testing.assert_array_equal(served[name], expected[name])


def test_no_rows_give_no_rows(fitted):
    import tensorflow as tf

    from modules.transform.graph import TransformGraph

    known = fitted("regression")
    found = TransformGraph(known.transform)(tf.io.parse_example(tf.constant([], tf.string), raw_spec("regression")))
    assert {values.shape[0] for values in found.values()} == {0}
