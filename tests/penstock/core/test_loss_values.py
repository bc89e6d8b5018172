"""The losses of a regression by row, compared with scikit-learn, and their best constants."""

import numpy as np
import pytest
from sklearn import metrics

from penstock.core.loss_values import best_constant, row_losses, weighted_quantile
from penstock.core.losses import Loss

DRAW = np.random.default_rng(8)
LABELS, GUESSES = DRAW.poisson(2, 400).astype(float), DRAW.gamma(2, 1, 400)
TWEEDIES = [Loss("tweedie", 1.5), Loss("tweedie", 2.0)]
LOSSES = [Loss("quantile", 0.3), Loss("poisson"), *TWEEDIES, Loss("huber", 0.8), Loss()]


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (Loss(), lambda y, p: metrics.mean_squared_error(y, p)),
        (Loss("quantile", 0.3), lambda y, p: metrics.mean_pinball_loss(y, p, alpha=0.3)),
        (Loss("poisson"), metrics.mean_poisson_deviance),
        (Loss("tweedie", 1.5), lambda y, p: metrics.mean_tweedie_deviance(y, p, power=1.5)),
        (Loss("tweedie", 2.0), lambda y, p: metrics.mean_gamma_deviance(y, p)),
    ],
)
def test_mean_loss_is_that_of_scikit_learn(loss, expected):
    labels = LABELS + 0.5 if loss.parameter == 2 else LABELS
    assert row_losses(loss, labels, GUESSES).mean() == pytest.approx(expected(labels, GUESSES))


def test_huber_loss_is_linear_beyond_delta():
    assert row_losses(Loss("huber", 2.0), np.array([0.0, 1.0, 5.0, -5.0]), np.zeros(4)).tolist() == [0, 0.5, 8, 8]


@pytest.mark.parametrize("loss", LOSSES, ids=Loss.text)
def test_no_other_constant_has_less_loss(loss):
    labels, weights = LABELS + 0.5, DRAW.integers(1, 4, 400).astype(float)
    best = best_constant(loss, labels, weights)

    def total(value):
        return np.average(row_losses(loss, labels, np.full(400, value)), weights=weights)

    assert total(best) <= min(total(value) for value in np.linspace(0.5, 8, 500)) + 1e-9


@pytest.mark.parametrize("share", [0.1, 0.5, 0.75, 0.9])
def test_weighted_quantile_is_that_of_repeated_rows(share):
    weights = DRAW.integers(1, 5, 400)
    expected = np.quantile(np.repeat(GUESSES, weights), share, method="inverted_cdf")
    assert weighted_quantile(GUESSES, share, weights) == expected
