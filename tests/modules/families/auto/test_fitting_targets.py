"""`auto` with each loss of a regression and with ordered classes: it selects and predicts what the loss asks for."""

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_pinball_loss, mean_poisson_deviance, mean_tweedie_deviance

from modules.families.auto import fitting
from modules.families.auto import search as auto
from modules.families.problem import Columns, Problem
from penstock.core.losses import Loss
from tests.modules.families.problems import SETTINGS

pytestmark = pytest.mark.slow

COLUMNS = Columns(["a_xf", "b_xf"], [], {})
CLASSES = 4


def huber(labels, predicted):
    residual = np.abs(labels - predicted)
    return np.mean(np.where(residual <= 1.5, residual**2 / 2, 1.5 * (residual - 0.75)))


# By loss: the same in scikit-learn, or by its definition.
MEASURES = {
    Loss("quantile", 0.9): lambda labels, predicted: mean_pinball_loss(labels, predicted, alpha=0.9),
    Loss("poisson"): mean_poisson_deviance,
    Loss("tweedie", 1.5): lambda labels, predicted: mean_tweedie_deviance(labels, predicted, power=1.5),
    Loss("huber", 1.5): huber,
}


def rows_of(count, seed):
    draw = np.random.default_rng(seed)
    return {name: draw.normal(size=count).astype(np.float32) for name in COLUMNS.names}, draw


def skewed(count, seed):
    """Return rows with a label of zeros and long tails, whose mean, quantiles and middle differ."""
    rows, draw = rows_of(count, seed)
    mean = np.exp(rows["a_xf"] / 2 + np.cos(3 * rows["b_xf"]))
    return rows, (draw.poisson(mean) * draw.gamma(2, 0.5, count)).astype(np.float32)


def ordered(count, seed):
    rows, draw = rows_of(count, seed)
    latent = 1.5 * rows["a_xf"] + 2 * np.cos(3 * rows["b_xf"]) + draw.logistic(size=count)
    return rows, np.digitize(latent, [-1.5, 0.2, 2.0]).astype(np.int64)


@pytest.fixture(autouse=True)
def light(monkeypatch):
    """No network, whose graphs take long to make, and one race."""
    monkeypatch.setattr(auto, "FAMILIES", ("linear", "trees"))
    monkeypatch.setattr(auto, "MAX_RACES", 1)


def fitted(problem, rows):
    """Return what the exported model predicts for other rows, and the report."""
    import tensorflow as tf

    found = fitting.fit(problem, {**SETTINGS, "time_limit": 1e6})
    predicted = found.model({name: tf.constant(values) for name, values in rows.items()})
    return np.asarray(predicted, np.float64), found


@pytest.mark.parametrize("loss", MEASURES, ids=lambda loss: loss.name)
def test_loss_decides_what_is_selected_and_predicted(loss):
    parts, (rows, labels) = (skewed(600, 1), skewed(200, 2)), skewed(2000, 3)
    predicted, found = fitted(Problem(COLUMNS, "regression", 0, *parts, loss=loss), rows)
    measure, board, held = MEASURES[loss], found.report["leaderboard"], found.held_out
    assert board.metric == {"quantile": "pinball", "huber": "huber"}.get(loss.name, f"{loss.name}_deviance")
    assert board.value == pytest.approx(measure(held.labels, held.scores[:, 0]), rel=1e-5)
    best = {"quantile": np.quantile(labels, 0.9), "huber": np.median(labels)}.get(loss.name, np.mean(labels))
    assert measure(labels, predicted[:, 0]) < 0.9 * measure(labels, np.full(len(labels), best))


def test_ordered_classes_are_selected_by_their_likelihood():
    parts, (rows, ranks) = (ordered(600, 1), ordered(200, 2)), ordered(2000, 3)
    problem = Problem(COLUMNS, "multiclass", CLASSES, *parts, ordinal=True)
    predicted, found = fitted(problem, rows)
    board, held = found.report["leaderboard"], found.held_out
    assert board.metric == "log_loss"
    assert board.value == pytest.approx(log_loss(held.labels, held.scores, labels=range(CLASSES)), rel=1e-5)
    shares = np.bincount(parts[0][1], minlength=CLASSES) / len(parts[0][1])
    np.testing.assert_allclose(predicted.sum(axis=1), 1, atol=1e-6)
    assert log_loss(ranks, predicted) < 0.85 * log_loss(ranks, np.tile(shares, (len(ranks), 1)))
