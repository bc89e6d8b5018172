"""The cumulative logit: its derivatives, and what linear models and trees make of it."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize
from scipy.special import expit

from modules.families import linear, ordinal
from modules.families.bounded_linear import fit_ordinal
from modules.families.links import class_shares
from modules.families.problem import Columns, Problem

pytestmark = pytest.mark.slow

COLUMNS = Columns(["a_xf", "b_xf"], [], {})
CLASSES = 4
SETTINGS = {"seed": 1, "rounds": None, "leaves": None, "learning_rate": None, "class_weights": None}


def rows_of(count, seed=1):
    draw = np.random.default_rng(seed)
    rows = {name: draw.normal(size=count).astype(np.float32) for name in ("a_xf", "b_xf")}
    latent = 1.5 * rows["a_xf"] - rows["b_xf"] + draw.logistic(size=count)
    return rows, np.digitize(latent, [-1.5, 0.2, 2.0]).astype(np.int64)


def test_derivatives_are_those_of_differences():
    _, ranks = rows_of(20)
    scores, offsets = np.linspace(-3, 3, 20), np.array([1.5, 0.0, -2.0])
    weights = np.linspace(0.5, 2, 20)
    found = ordinal.likelihood(scores, ranks, offsets, weights)

    def total(values):
        return ordinal.likelihood(values[:20], ranks, values[20:], weights).loss.sum()

    slopes = approx_fprime(np.append(scores, offsets), total, 1e-6)
    np.testing.assert_allclose(np.append(found.slope, found.offset_slope), slopes, atol=1e-4)
    step = 1e-5
    after = ordinal.likelihood(scores + step, ranks, offsets, weights).slope
    np.testing.assert_allclose(found.curvature, (after - found.slope) / step, atol=1e-4)


def test_far_scores_have_finite_derivatives():
    found = ordinal.likelihood(np.array([-900.0, 900.0, 0.0]), np.array([3, 0, 1]), np.array([1.0, 0.0, -1.0]))
    for values in (found.loss, found.slope, found.curvature, found.offset_slope):
        assert np.isfinite(values).all()


def test_linear_model_has_the_greatest_likelihood():
    rows, ranks = rows_of(600)
    matrix = np.column_stack([rows["a_xf"], rows["b_xf"]]).astype(np.float64)
    coefficients, offsets = fit_ordinal(linear.design(COLUMNS, rows), ranks, CLASSES, (1e-9, None))

    def loss(values):
        """Return the loss from probabilities alone, without our derivatives or bounds."""
        above = expit((matrix @ values[:2])[:, None] + values[2:])
        edges = np.column_stack([np.ones(600), above, np.zeros(600)])
        return -np.log(np.maximum(edges[np.arange(600), ranks] - edges[np.arange(600), ranks + 1], 1e-300)).sum()

    mine = np.append(coefficients[:, 0], offsets)
    start = np.array([0.0, 0.0, 1.0, 0.0, -1.0])
    peer = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 8000, "xatol": 1e-6, "fatol": 1e-9})
    np.testing.assert_allclose(mine, peer.x, atol=2e-3)
    assert loss(mine) <= peer.fun + 1e-4


@pytest.mark.parametrize("family", ["linear", "trees", "neural"])
def test_probabilities_are_consistent_and_learned(family):
    import tensorflow as tf

    from modules.training import family_fit

    names = ("epochs", "batch_size")
    problem = Problem(COLUMNS, "multiclass", CLASSES, rows_of(1500), rows_of(400, 2), ordinal=True)
    fitted = family_fit(family)(problem, {**SETTINGS, **dict.fromkeys(names)})
    rows, ranks = rows_of(1000, 3)
    scores = np.asarray(fitted.model({name: tf.constant(values) for name, values in rows.items()}))
    assert scores.shape == (1000, CLASSES)
    assert (scores >= 0).all()
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    constant = np.tile(np.bincount(problem.train[1]) / 1500, (1000, 1))
    assert problem.loss_of(ranks, scores) < 0.85 * problem.loss_of(ranks, constant)


def test_exported_trees_answer_as_lightgbm_does():
    from modules.families.trees import training

    problem = Problem(COLUMNS, "multiclass", CLASSES, rows_of(800), rows_of(300, 2), ordinal=True)
    trained = training.train(problem, SETTINGS)
    rows, _ = rows_of(200, 3)
    import tensorflow as tf

    exported = trained.export()({name: tf.constant(values) for name, values in rows.items()})
    np.testing.assert_allclose(exported, trained.predict(rows), atol=1e-6)


def test_class_without_rows_has_hardly_any_probability():
    rows, ranks = rows_of(400)
    coefficients, offsets = fit_ordinal(linear.design(COLUMNS, rows), np.where(ranks == 2, 1, ranks), 4, (1.0, None))
    shares = class_shares(linear.design(COLUMNS, rows) @ coefficients + offsets)
    assert shares[:, 2].max() < 1e-3
    assert (np.diff(offsets) < 0).all()
