"""LightGBM's objectives by loss: their parameters, and that a fitted model predicts what the loss asks for."""

import numpy as np
import pytest

from modules.families.problem import Columns, Problem
from modules.families.trees import training
from modules.families.trees.objectives import objective_of
from penstock.core.losses import Loss

pytestmark = pytest.mark.slow  # TensorFlow

COLUMNS = Columns(["a_xf"], [], {})
SETTINGS = {"seed": 1, "rounds": None, "leaves": 4, "learning_rate": None}


def part(seed):
    draw = np.random.default_rng(seed)
    rows = {"a_xf": draw.normal(size=1200).astype(np.float32)}
    return rows, (np.exp(rows["a_xf"] / 2) * draw.gamma(2, 1, 1200)).astype(np.float32)


def problem_of(loss):
    return Problem(COLUMNS, "regression", 0, part(1), part(2), loss=loss)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (Loss(), {"objective": "regression", "metric": "l2"}),
        (Loss("quantile", 0.9), {"objective": "quantile", "metric": "quantile", "alpha": 0.9}),
        (Loss("tweedie", 1.3), {"objective": "tweedie", "metric": "tweedie", "tweedie_variance_power": 1.3}),
        (Loss("tweedie", 2.0), {"objective": "gamma", "metric": "gamma"}),
        (Loss("poisson"), {"objective": "poisson", "metric": "poisson"}),
        (Loss("huber", 2.0), {"objective": "huber", "metric": "huber", "alpha": 2.0}),
    ],
)
def test_loss_is_an_objective_of_lightgbm(loss, expected):
    assert objective_of(problem_of(loss)) == expected


@pytest.mark.parametrize("loss", [Loss("poisson"), Loss("tweedie", 2.0), Loss("quantile", 0.9), Loss("huber", 1.0)])
def test_export_answers_as_lightgbm_and_beats_the_constant(loss):
    import tensorflow as tf

    from modules.families.constant import constant_of

    problem = problem_of(loss)
    trained = training.train(problem, SETTINGS)
    rows, labels = part(3)
    scores = trained.predict(rows)
    exported = trained.export()({name: tf.constant(values) for name, values in rows.items()})
    np.testing.assert_allclose(exported, scores, rtol=1e-5, atol=1e-6)
    constant = np.tile(constant_of(problem.train[1], "regression", 0, loss), (len(labels), 1))
    assert problem.loss_of(labels, scores) < 0.95 * problem.loss_of(labels, constant)


def test_share_of_labels_below_a_quantile_is_that_quantile():
    rows, labels = part(3)
    scores = training.train(problem_of(Loss("quantile", 0.9)), SETTINGS).predict(rows)[:, 0]
    assert np.mean(labels <= scores) == pytest.approx(0.9, abs=0.03)
