"""LightGBM's objectives by loss: their parameters, and that a fitted model predicts what the loss asks for."""

import numpy as np
import pytest

from modules.families.problem import Columns, Problem
from modules.families.trees import training
from modules.families.trees.objectives import HuberObjective, objective_of
from penstock.core.loss_values import row_losses
from penstock.core.losses import Loss

pytestmark = pytest.mark.slow  # TensorFlow

COLUMNS = Columns(["a_xf"], [], {})
SETTINGS = {"seed": 1, "rounds": None, "leaves": 4, "learning_rate": None}


def part(seed):
    draw = np.random.default_rng(seed)
    rows = {"a_xf": draw.normal(size=1200).astype(np.float32)}
    return rows, (np.exp(rows["a_xf"] / 2) * draw.gamma(2, 1, 1200)).astype(np.float32)


def problem_of(loss, factor=1.0):
    parts = ((rows, labels * factor) for rows, labels in (part(1), part(2)))
    return Problem(COLUMNS, "regression", 0, *parts, loss=loss)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (Loss(), {"objective": "regression", "metric": "l2"}),
        (Loss("quantile", 0.9), {"objective": "quantile", "metric": "quantile", "alpha": 0.9}),
        (Loss("tweedie", 1.3), {"objective": "tweedie", "metric": "tweedie", "tweedie_variance_power": 1.3}),
        (Loss("tweedie", 2.0), {"objective": "gamma", "metric": "gamma"}),
        (Loss("poisson"), {"objective": "poisson", "metric": "poisson"}),
        (Loss("huber", 2.0), {"metric": "None"}),  # the objective is ours
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


@pytest.mark.parametrize("loss", [Loss("poisson"), Loss("tweedie", 1.3), Loss("tweedie", 2.0), Loss("quantile", 0.3)])
def test_unit_of_the_label_changes_the_predictions_by_its_factor_alone(loss):
    rows, _ = part(3)
    usual = training.train(problem_of(loss), SETTINGS).predict(rows)
    small = training.train(problem_of(loss, 1e-6), SETTINGS).predict(rows)
    np.testing.assert_allclose(small * 1e6, usual, rtol=2e-3)


def test_huber_is_fitted_with_a_delta_far_below_the_spread_of_the_labels():
    from modules.families.constant import constant_of

    loss = Loss("huber", 1.0)
    problem = problem_of(loss, 1e5)
    rows, labels = part(3)
    constant = np.tile(constant_of(problem.train[1], "regression", 0, loss), (len(labels), 1))
    scores = training.train(problem, SETTINGS).predict(rows)
    assert problem.loss_of(labels * 1e5, scores) < 0.95 * problem.loss_of(labels * 1e5, constant)


@pytest.mark.parametrize("weighted", [False, True])
def test_gradients_of_huber_are_those_of_the_loss_and_its_parabola_is_above_it(weighted):
    loss, labels = Loss("huber", 0.5), np.linspace(-3, 3, 40)
    weights = np.linspace(1, 2, 40) if weighted else None
    objective = HuberObjective(loss, labels, weights)
    [start], scores = objective.final(None), np.linspace(1, -1, 40)
    gradients, curvatures = objective.gradients(scores, None)

    def losses(step):
        return row_losses(loss, labels, start + scores + step) * (1 if weights is None else weights)

    unit = curvatures.max() / (1 if weights is None else weights[curvatures.argmax()])
    np.testing.assert_allclose(gradients / unit, (losses(1e-6) - losses(-1e-6)) / 2e-6, atol=1e-6)
    for step in (-2.0, 0.3, 1.0):
        above = losses(0) + step * gradients / unit + step**2 / 2 * curvatures / unit
        assert (losses(step) <= above + 1e-9).all()


@pytest.mark.parametrize(("task", "loss"), [("multiclass", Loss()), ("regression", Loss("huber", 1.0))])
def test_columns_that_cannot_be_split_give_a_constant(task, loss):
    rows = {"a_xf": np.zeros(60, np.float32)}
    labels = np.arange(60) % 3
    both = rows, labels if task == "multiclass" else labels.astype(np.float32)
    problem = Problem(COLUMNS, task, 3, both, both, loss=loss, ordinal=task == "multiclass")
    for trained in (training.train(problem, SETTINGS), training.retrain(problem, SETTINGS, 5)):
        expected = [1 / 3] * 3 if task == "multiclass" else [1.0]
        np.testing.assert_allclose(trained.predict(rows), np.tile(expected, (60, 1)), atol=1e-3)
