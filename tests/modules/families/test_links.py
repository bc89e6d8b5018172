"""The links from scores to predictions, in NumPy and in TensorFlow."""

import numpy as np
import pytest

from modules.families.links import MAX_LOG, prediction_tensors, predictions

pytestmark = pytest.mark.slow  # TensorFlow

SCORES = np.array([[2.0, 0.5, -3.0], [900.0, 800.0, -900.0], [-900.0, -901.0, -902.0]])


@pytest.mark.parametrize("link", ["sigmoid", "softmax", "identity", "exp", "cumulative"])
def test_both_forms_are_equal(link):
    import tensorflow as tf

    found = predictions(link, SCORES)
    np.testing.assert_allclose(found, prediction_tensors(link, tf.constant(SCORES)).numpy(), rtol=1e-12)
    assert np.isfinite(found).all()


def test_cumulative_scores_are_one_class_fewer_than_their_shares():
    shares = predictions("cumulative", SCORES)
    assert shares.shape == (3, 4)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(shares[2], [1, 0, 0, 0])


def test_exponential_stays_within_32_bits():
    assert np.isfinite(predictions("exp", np.array([1e6])).astype(np.float32)).all()
    assert predictions("exp", np.array([1e6]))[0] == np.exp(MAX_LOG)
