"""Which models are averaged: those whose mean does better on the validation rows."""

import numpy as np
import pytest

from modules.families import ensemble
from modules.losses import loss_of

LABELS = np.random.default_rng(1).normal(size=400)


def noisy(seed, spread):
    return (LABELS + spread * np.random.default_rng(seed).normal(size=400))[:, None]


def test_mean_of_different_models_is_better_than_each():
    scores = [noisy(1, 1.0), noisy(2, 1.0), noisy(3, 1.5)]
    weights = ensemble.weights_of(scores, LABELS, "regression")
    assert sum(weights.values()) == pytest.approx(1)
    mean = sum(scores[place] * weight for place, weight in weights.items())
    assert loss_of("regression", LABELS, mean) < 0.8 * min(loss_of("regression", LABELS, one) for one in scores)
    assert weights[2] < min(weights[0], weights[1])


@pytest.mark.parametrize(
    "others", [[], [noisy(1, 1.0)], [noisy(2, 8.0), noisy(3, 9.0)]], ids=["none", "the same", "much worse"]
)
def test_model_stays_alone_where_others_do_not_help(others):
    weights = ensemble.weights_of([*others, noisy(1, 0.1)], LABELS, "regression")
    assert weights == {len(others): 1.0}


def test_ensemble_holds_few_models():
    scores = [noisy(seed, 1.0) for seed in range(30)]
    assert len(ensemble.weights_of(scores, LABELS, "regression")) <= ensemble.MOST_MODELS


def test_rows_count_by_their_weight():
    labels = np.array([0.0, 1.0])
    scores = [np.array([[0.1], [0.5]]), np.array([[0.5], [0.9]])]
    for row, best in ((0, 0), (1, 1)):
        row_weights = np.where(np.arange(2) == row, 1.0, 0.0)
        assert ensemble.weights_of(scores, labels, "binary", row_weights) == {best: 1.0}
