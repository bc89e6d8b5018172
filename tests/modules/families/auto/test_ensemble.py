"""Which models are averaged: those whose mean does better on the validation rows."""

import numpy as np
import pytest

from modules.families.auto import ensemble
from modules.families.problem import loss_of

pytestmark = pytest.mark.slow

LABELS = np.random.default_rng(1).normal(size=400)


def noisy(seed, spread):
    return (LABELS + spread * np.random.default_rng(seed).normal(size=400))[:, None]


def loss(scores):
    return loss_of("regression", LABELS, scores)


def chosen(scores, costs=None, budget=1.0):
    return ensemble.ensemble_weights(scores, loss, share_of([(cost,) for cost in costs or [0] * len(scores)], [budget]))


def share_of(costs, budget):
    """Return the greatest share of a budget that models of some costs take."""

    def share(places):
        totals = [sum(costs[place][kind] for place in places) for kind in range(len(budget))]
        return max(total / max(limit, 1e-9) for total, limit in zip(totals, budget, strict=True))

    return share


def test_mean_of_different_models_is_better_than_each():
    scores = [noisy(1, 1.0), noisy(2, 1.0), noisy(3, 1.5)]
    weights = chosen(scores)
    assert sum(weights.values()) == pytest.approx(1)
    mean = sum(scores[place] * weight for place, weight in weights.items())
    assert loss(mean) < 0.8 * min(map(loss, scores))
    assert weights[2] < min(weights[0], weights[1])


@pytest.mark.parametrize(
    "others", [[], [noisy(1, 1.0)], [noisy(2, 8.0), noisy(3, 9.0)]], ids=["none", "the same", "much worse"]
)
def test_model_stays_alone_where_others_do_not_help(others):
    assert chosen([*others, noisy(1, 0.1)]) == {len(others): 1.0}


def test_ensemble_holds_few_models():
    assert len(chosen([noisy(seed, 1.0) for seed in range(30)])) <= ensemble.MAX_MODELS


@pytest.mark.parametrize(
    ("costs", "budget", "expected"),
    [
        ([1, 1, 1], 3, {0, 1, 2}),
        ([1, 1, 1], 2, {0, 1}),
        ([5, 1, 1], 3, {1, 2}),
        ([5, 4, 6], 3, {1}),
        ([1, 9, 1], 2, {0, 2}),
        ([0, 0, 0], 0, {0, 1, 2}),
    ],
)
def test_models_cost_no_more_than_the_budget_but_for_the_cheapest(costs, budget, expected):
    scores = [noisy(1, 1.0), noisy(2, 1.05), noisy(3, 1.2)]
    assert set(chosen(scores, costs, budget)) == expected


@pytest.mark.parametrize(
    ("costs", "expected"),
    [([(1, 1), (1, 1), (1, 1)], {0, 1, 2}), ([(1, 9), (1, 1), (1, 1)], {1, 2}), ([(9, 1), (1, 9), (2, 1)], {2})],
)
def test_models_stay_within_the_budget_of_every_kind_of_cost(costs, expected):
    scores = [noisy(1, 1.0), noisy(2, 1.05), noisy(3, 1.2)]
    assert set(ensemble.ensemble_weights(scores, loss, share_of(costs, (3, 5)))) == expected


def test_models_that_share_what_they_cost_fit_where_their_sum_would_not():
    scores = [noisy(1, 1.0), noisy(2, 1.0), noisy(3, 1.0)]
    assert set(ensemble.ensemble_weights(scores, loss, lambda places: 0.6 + 0.1 * len(places))) == {0, 1, 2}
