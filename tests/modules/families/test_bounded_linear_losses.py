"""Losses of linear models, compared with the estimators of scikit-learn."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import PoissonRegressor, QuantileRegressor, TweedieRegressor

from modules.families.bounded_linear import fit_bounded
from penstock.core.loss_values import row_losses
from penstock.core.losses import Loss

pytestmark = pytest.mark.slow  # the families import TensorFlow

DRAW = np.random.default_rng(4)
X = DRAW.normal(size=(1500, 3))
WEIGHTS = DRAW.integers(1, 5, 1500).astype(np.float64)
MEAN = np.exp(0.3 + X @ [0.5, -0.2, 0.0])


def fitted(labels, loss, strength=1e-9, weights=WEIGHTS):
    coefficients, bias = fit_bounded(sparse.csr_matrix(X), labels, "regression", (strength, weights), np.zeros(3), loss)
    return coefficients[:, 0], float(bias[0])


@pytest.mark.parametrize(
    ("loss", "estimator"),
    [
        (Loss("poisson"), PoissonRegressor(alpha=0, tol=1e-9, max_iter=2000)),
        (Loss("tweedie", 1.5), TweedieRegressor(power=1.5, link="log", alpha=0, tol=1e-9, max_iter=2000)),
        (Loss("tweedie", 2.0), TweedieRegressor(power=2, link="log", alpha=0, tol=1e-9, max_iter=2000)),
    ],
    ids=lambda each: each.text() if isinstance(each, Loss) else "",
)
def test_deviance_is_minimized_as_by_scikit_learn(loss, estimator):
    labels = DRAW.gamma(2, MEAN / 2) if loss.parameter == 2 else DRAW.poisson(MEAN).astype(np.float64)
    expected = estimator.fit(X, labels, sample_weight=WEIGHTS)
    coefficients, bias = fitted(labels, loss)
    np.testing.assert_allclose(coefficients, expected.coef_, atol=1e-3)
    assert bias == pytest.approx(expected.intercept_, abs=1e-3)


def test_penalty_is_that_of_scikit_learn():
    labels = DRAW.poisson(MEAN).astype(np.float64)
    unit = np.average(labels, weights=WEIGHTS)
    expected = PoissonRegressor(alpha=50 / WEIGHTS.sum(), tol=1e-9, max_iter=2000)
    expected.fit(X, labels / unit, sample_weight=WEIGHTS)
    coefficients, bias = fitted(labels, Loss("poisson"), strength=50.0)
    np.testing.assert_allclose(coefficients, expected.coef_, atol=1e-3)
    assert bias == pytest.approx(expected.intercept_ + np.log(unit), abs=1e-3)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_quantile_has_the_loss_of_the_linear_program_and_its_share_below(share):
    labels, loss = X @ [1.0, -1.0, 0.0] + DRAW.exponential(size=1500), Loss("quantile", share)
    expected = QuantileRegressor(quantile=share, alpha=0).fit(X, labels, sample_weight=WEIGHTS)
    coefficients, bias = fitted(labels, loss)
    found = np.average(row_losses(loss, labels, X @ coefficients + bias), weights=WEIGHTS)
    least = np.average(row_losses(loss, labels, expected.predict(X)), weights=WEIGHTS)
    assert least * (1 - 1e-9) <= found <= least * 1.002
    below = np.average(labels <= X @ coefficients + bias, weights=WEIGHTS)
    assert below == pytest.approx(share, abs=0.003)


def test_huber_has_no_slope_left():
    labels = X @ [1.0, -1.0, 0.5] + DRAW.standard_t(2, size=1500)
    coefficients, bias = fitted(labels, Loss("huber", 0.7))
    clipped = WEIGHTS * np.clip(labels - X @ coefficients - bias, -0.7, 0.7)
    np.testing.assert_allclose(clipped @ np.column_stack([X, np.ones(1500)]) / WEIGHTS.sum(), 0, atol=1e-3)


def test_penalty_is_as_strong_with_a_delta_far_below_the_spread_of_the_labels():
    labels = X @ [1e5, -1e5, 5e4] + DRAW.normal(size=1500)
    found, _ = fit_bounded(sparse.csr_matrix(X), labels, "regression", (10.0, None), np.zeros(3), Loss("huber", 1.0))
    np.testing.assert_allclose(found[:, 0], [1e5, -1e5, 5e4], rtol=0.1)


@pytest.mark.parametrize("loss", [Loss("quantile", 0.8), Loss("huber", 1e20)])
def test_labels_whose_squares_are_too_large_for_32_bits_are_fitted(loss):
    labels = (X @ [1.0, -1.0, 0.5] * 1e20).astype(np.float32)
    found, bias = fit_bounded(sparse.csr_matrix(X), labels, "regression", (0.1, None), np.zeros(3), loss)
    np.testing.assert_allclose(X @ found[:, 0] + bias[0], labels, atol=2e18)


def test_signs_are_kept_with_each_loss():
    labels = np.abs(X @ [1.0, -1.0, 0.5]) + 0.1
    for loss in (Loss("quantile", 0.8), Loss("poisson"), Loss("tweedie", 1.5), Loss("huber", 0.5)):
        coefficients, _ = fit_bounded(
            sparse.csr_matrix(X), labels, "regression", (1.0, None), np.array([1, -1, 0]), loss
        )
        assert coefficients[0] >= 0
        assert coefficients[1] <= 0
