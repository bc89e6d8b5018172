"""A weighted mean of models as one model."""

import numpy as np
import pytest


@pytest.mark.slow
def test_predictions_are_the_weighted_mean():
    import tensorflow as tf

    from modules.families.auto.ensemble import EnsembleModel

    models = [lambda rows: rows["a_xf"][:, None], lambda rows: 10 * rows["a_xf"][:, None]]
    found = EnsembleModel(models, [0.25, 0.75])({"a_xf": tf.constant([1.0, 2.0])})
    np.testing.assert_allclose(found, [[7.75], [15.5]])
