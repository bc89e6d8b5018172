"""D2 at its edges; the metrics of losses are compared with scikit-learn in `test_measures_weighted`."""

import numpy as np
import pytest

from modules.metrics.measures import values
from modules.metrics.of_losses import d2, mean_loss
from modules.metrics.scored import Scored
from penstock.core.loss_values import best_constant
from penstock.core.losses import Loss

LABELS = np.random.default_rng(3).poisson(2, 200).astype(float)


@pytest.mark.parametrize("loss", [Loss("poisson"), Loss("tweedie", 1.5), Loss("quantile", 0.8)], ids=Loss.text)
def test_d2_of_the_best_constant_is_zero_and_of_the_truth_one(loss):
    constant = np.full(200, best_constant(loss, LABELS))
    assert d2(loss, Scored(LABELS, constant))[0] == pytest.approx(0, abs=1e-12)
    assert d2(loss, Scored(LABELS, LABELS))[0] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("loss", [Loss("poisson"), Loss("quantile", 0.8)], ids=Loss.text)
def test_d2_of_equal_labels_has_no_value(loss):
    rows = Scored(np.full(30, 2.0), np.full(30, 2.5))
    assert np.isnan(values("regression", "d2", rows, loss.text())[0])
    assert np.isnan(values("regression", "d2", Scored(np.zeros(30), np.ones(30)), "poisson")[0])


def test_prediction_of_zero_has_a_large_finite_deviance():
    found = mean_loss(Loss("poisson"), Scored(LABELS, np.zeros(200)))[0]
    assert np.isfinite(found)
    assert found > 100
