"""Linear models with coefficients of a given sign."""

import numpy as np
import pytest
from scipy import sparse

from modules.families.bounded_linear import fit_bounded, signs_of
from modules.families.linear import estimator
from modules.families.problem import Columns

pytestmark = pytest.mark.slow


def drawn(task, scale=1.0):
    draw = np.random.default_rng(1)
    matrix = draw.normal(size=(400, 4))
    value = matrix @ [2.0, -1.0, 0.5, 0.0] + draw.normal(size=400) + 3
    labels = value * scale if task == "regression" else (value > 3).astype(float)
    return sparse.csr_matrix(matrix), labels, draw.uniform(0.5, 2, size=400)


@pytest.mark.parametrize("task", ["regression", "binary"])
@pytest.mark.parametrize("weighted", [True, False])
def test_without_a_sign_it_is_what_scikit_learn_fits(task, weighted):
    matrix, labels, weights = drawn(task, scale=1000)
    given = weights if weighted else None
    coefficients, bias = fit_bounded(matrix, labels, task, (10.0, given), np.zeros(4))
    model = estimator(task, 10.0).fit(matrix, labels, sample_weight=given)
    np.testing.assert_allclose(coefficients[:, 0], np.ravel(model.coef_), rtol=2e-3, atol=2e-3 * abs(model.coef_).max())
    np.testing.assert_allclose(bias, np.ravel(model.intercept_), rtol=2e-3)


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_coefficient_against_its_sign_is_zero_and_the_others_are_the_best_without_it(task):
    matrix, labels, _ = drawn(task)
    coefficients, _ = fit_bounded(matrix, labels, task, (1.0, None), np.array([-1, -1, 1, 0]))
    assert coefficients[0, 0] == 0
    assert coefficients[1, 0] < 0 < coefficients[2, 0]
    without, _ = fit_bounded(matrix[:, 1:], labels, task, (1.0, None), np.zeros(3))
    np.testing.assert_allclose(coefficients[1:], without, rtol=1e-3, atol=1e-3)


def test_signs_are_those_of_the_numbers_which_come_first():
    columns = Columns(["a_xf", "b_xf"], ["a_xf_missing"], {"c_xf": 3})
    assert signs_of(columns, {"b_xf": -1}, 6).tolist() == [0, -1, 0, 0, 0, 0]
