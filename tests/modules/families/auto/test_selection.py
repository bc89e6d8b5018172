"""The selection of `auto`: which candidates, and whether as their folds or fitted to all rows."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from modules.families.auto.candidate import CONSTANT, Candidate, Folds
from modules.families.auto.selection import GAIN_OF_ALL_FOLDS, GAIN_OF_SPLIT, Budget, select
from modules.families.cost import Cost
from modules.families.problem import loss_of
from modules.families.trees.shape import Shape, cost_of
from tests.modules.families.problems import problem_of

pytestmark = pytest.mark.slow

LABELS = np.random.default_rng(1).normal(size=100)
NO_LIMIT = Budget(np.inf, Cost(np.inf, np.inf))


def folds_of(count):
    places = [np.arange(100)[fold::count] for fold in range(count)]
    return Folds([problem_of("regression", 4)] * count, places, LABELS, None)


def trees(count=100):
    """Return the shape of so many trees of eight leaves, which split two columns at 20 values."""
    lines, features = np.arange(20), frozenset([0, 1])
    nodes, uses = 7 * count, np.full(20, 7 * count // 20)
    return Shape(8, count, count, 8 * count, nodes, features, lines, uses)


def candidate(seed, cost=1.0, count=5, *, spread=1.0, family="linear"):
    """Return a candidate whose models each cost so many microseconds and megabytes, or those of a hundred trees each.

    Each takes a second to export.
    """
    scores = (LABELS + spread * np.random.default_rng(seed).normal(size=100))[:, None]
    model = SimpleNamespace(export_seconds=1.0, cost=Cost(cost, cost), shape=trees(), rounds=100, cut="")
    return Candidate(family, {}, [model] * count, scores, loss_of("regression", LABELS, scores, None), [], 5.0)


@pytest.mark.parametrize(
    ("microseconds", "megabytes", "seconds", "copies"),
    [(5, 5, 5, 0), (4.9, 5, 50, 3), (5, 2.9, 50, 2), (50, 50, 4.6, 2), (50, 50, 4.4, 1), (1.9, 9, 50, 1)],
)
def test_folds_are_exported_if_all_of_them_are_cheap_enough_and_else_so_many_fits(
    microseconds, megabytes, seconds, copies
):
    found = [candidate(1, spread=0.1, family="trees"), candidate(2, spread=5.0)]
    limit = Cost(
        cost_of([(trees(), microseconds)]).microseconds + 1e-9, cost_of([(trees(), megabytes)]).megabytes + 1e-9
    )
    chosen = select(found, folds_of(5), Budget(seconds, limit), all_folds=5)
    assert (chosen.weights, chosen.is_refitted, chosen.copies) == ({0: 1.0}, copies > 0, max(copies, 1))
    expected = cost_of([(trees(), copies or 5.0)])
    assert (chosen.cost.microseconds, chosen.cost.megabytes) == pytest.approx(
        (expected.microseconds, expected.megabytes)
    )


def test_only_trees_are_fitted_several_times():
    found = [candidate(1, spread=0.1), candidate(2, spread=0.1, family="trees")]
    limit = Cost(1 + cost_of([(trees(), 3.5)]).microseconds, 99)
    chosen = select(found, folds_of(5), Budget(1e9, limit), all_folds=5)
    assert (set(chosen.weights), chosen.copies) == ({0, 1}, 3)
    assert chosen.cost.microseconds == pytest.approx(1 + cost_of([(trees(), 3)]).microseconds)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_some_of_the_folds_are_not_exported_if_there_is_time_to_fit_them_once_more(count):
    chosen = select([candidate(1, count=count)], folds_of(count), NO_LIMIT, all_folds=5)
    assert chosen.is_refitted


@pytest.mark.parametrize(("all_folds", "gain"), [(1, GAIN_OF_SPLIT), (5, GAIN_OF_ALL_FOLDS)])
@pytest.mark.parametrize(("gains", "kept"), [(0.5, 1), (2.0, 0)])
def test_model_of_one_fold_is_exported_if_it_is_much_better_than_a_fit_to_all_rows(all_folds, gain, gains, kept):
    ratio = 1 - gains * gain
    slow, fast = candidate(1, count=1), replace(candidate(1, count=1), seconds=1.0)
    # The same errors, so that a mean of both is no better than the first.
    fast = replace(fast, scores=LABELS[:, None] + (slow.scores - LABELS[:, None]) / ratio, loss=slow.loss / ratio)
    # One export and a fit of the fast one, or two exports; not a fit of the slow one.
    chosen = select([slow, fast], folds_of(1), Budget(2.5, NO_LIMIT.cost), all_folds=all_folds)
    assert (chosen.weights, chosen.is_refitted) == ({kept: 1.0}, kept == 1)
    assert chosen.value == pytest.approx([slow, fast][kept].loss)


def test_only_split_is_exported_as_it_was_measured():
    chosen = select([candidate(1, 9.0, 1)], folds_of(1), Budget(2.0, Cost(3.0, 3.0)), all_folds=1)
    assert not chosen.is_refitted
    assert chosen.cost == Cost(9.0, 9.0)


def test_only_split_is_fitted_once_more_if_there_is_time():
    found = [candidate(1, count=1, family="trees")]
    chosen = select(found, folds_of(1), Budget(8.1, Cost(30.0, 30.0)), all_folds=1)
    assert (chosen.is_refitted, chosen.copies) == (True, 1)
    assert select(found, folds_of(1), NO_LIMIT, all_folds=1).copies == 3


@pytest.mark.parametrize("limit", [1.0, 2.5, 7.0, 100.0])
def test_selection_costs_no_more_than_the_limit_but_for_the_cheapest_and_has_the_loss_of_its_mean(limit):
    found = [candidate(seed, cost) for seed, cost in ((1, 4.0), (2, 2.0), (3, 3.9), (4, 1.5))]
    chosen = select(found, folds_of(5), Budget(1e9, Cost(limit, limit)), all_folds=5)
    mean = sum(found[place].scores * weight for place, weight in chosen.weights.items())
    assert chosen.value == pytest.approx(loss_of("regression", LABELS, mean, None))
    assert sum(chosen.weights.values()) == pytest.approx(1)
    assert chosen.cost.fits(Cost(limit, limit)) or chosen.weights == {3: 1.0}


@pytest.mark.parametrize(("spread", "kept"), [(0.1, 1), (50.0, 0)])
def test_model_that_is_worse_than_the_constant_is_not_exported(spread, kept):
    models = candidate(0, 0.0).models
    constant = Candidate(CONSTANT, {}, models, np.zeros((100, 1)), float(np.std(LABELS)), [], 0.1)
    chosen = select([constant, candidate(1, spread=spread)], folds_of(5), NO_LIMIT, all_folds=5)
    assert chosen.weights == {kept: 1.0}
