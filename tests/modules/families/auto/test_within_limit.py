"""The fits of `auto` to all rows within the limits of the cost."""

from types import SimpleNamespace

import numpy as np
import pytest

from modules.families.auto.costs import TREES, cost_of_models
from modules.families.auto.within_limit import fits_within, folds_within
from modules.families.cost import FOREST_GRAPH, Cost
from modules.families.trees.shape import Shape, cost_of

NONE = float("inf")


def trees(count):
    """Return so many trees of eight leaves, which split two columns at 20 values."""
    lines, uses = np.arange(20), np.full(20, max(7 * count // 20, 1))
    return SimpleNamespace(shape=Shape(8, count, count, 8 * count, 7 * count, frozenset([0, 1]), lines, uses))


def linear(megabytes):
    return SimpleNamespace(cost=Cost(1.0, megabytes))


def candidates(*families):
    """Return candidates of these families, by the positions that a selection could give them."""
    return {3 * place: SimpleNamespace(family=family) for place, family in enumerate(families)}


def fitted_by(rounds, log=None):
    """Return what fits so many trees for each share, or a linear model of half a megabyte at position 3."""

    def fit_once(place, copy, share):
        if log is not None:
            log.append((place, copy, share))
        return linear(0.5) if place == 3 else trees(round(rounds * share))

    return fit_once


def size_of(*counts):
    return cost_of([(trees(count).shape, 1.0) for count in counts]).megabytes


def test_fits_within_the_limit_are_all_exported():
    log = []
    found = fits_within(Cost(NONE, size_of(100) * 3 + 0.5), candidates(TREES, "linear"), 3, fitted_by(100, log))
    assert log == [(0, 0, 1.0), (0, 1, 1.0), (0, 2, 1.0), (3, 0, 1.0)]
    assert {place: len(models) for place, models in found.models.items()} == {0: 3, 3: 1}
    assert (found.copies, found.left_out) == (3, {})
    assert found.cost == cost_of_models([(TREES, found.models[0]), ("linear", found.models[3])])


def test_trees_that_became_too_large_are_exported_in_fewer_copies_and_that_is_said():
    limit = Cost(NONE, (size_of(100, 100) + size_of(100, 100, 100)) / 2)
    found = fits_within(limit, candidates(TREES), 3, fitted_by(100))
    assert (len(found.models[0]), found.copies) == (2, 2)
    assert found.cost.megabytes == pytest.approx(size_of(100, 100))
    [(what, why)] = found.left_out.items()
    assert what == "1 of 3 fits of the trees"
    assert why.startswith(f"would exceed {limit.megabytes:.3g} MB of trees and weights by ")


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2])
def test_one_copy_that_is_too_large_has_fewer_rounds_and_that_is_said(share):
    limit = Cost(NONE, FOREST_GRAPH + share * (size_of(1000) - FOREST_GRAPH))
    found = fits_within(limit, candidates(TREES), 2, fitted_by(1000))
    rounds = found.models[0][0].shape.trees
    assert found.cost.fits(limit)
    assert 0.8 * share * 1000 < rounds < share * 1000
    first, second = found.left_out
    assert first == "1 of 2 fits of the trees"
    assert second.endswith("% of the rounds of the trees")
    assert int(second.split("%")[0]) == pytest.approx(100 - rounds / 10, abs=1)


def test_time_per_row_has_a_limit_too():
    most = cost_of([(trees(1000).shape, 1.0)]).microseconds
    found = fits_within(Cost(0.6 * most, NONE), candidates(TREES), 1, fitted_by(1000))
    assert found.cost.microseconds <= 0.6 * most
    assert "µs per row" in " ".join(found.left_out.values())


@pytest.mark.parametrize("families", [("linear", "linear"), (TREES, "linear")])
def test_model_of_which_nothing_can_be_reduced_is_exported_and_its_excess_is_said(families):
    members = candidates(*families)

    def fit_once(place, _, share):
        return trees(round(10 * share)) if members[place].family == TREES else linear(0.5)

    found = fits_within(Cost(NONE, 0.25), members, 1, fit_once)
    assert not found.cost.fits(Cost(NONE, 0.25))
    assert "exceeds 0.25 MB of trees and weights by" in found.left_out["a model within the limit"]


@pytest.mark.parametrize(("limit", "said"), [(9.0, False), (0.5, True)])
def test_models_of_folds_are_not_changed(limit, said):
    models = [linear(0.5), linear(0.75)]
    found = folds_within(Cost(NONE, limit), {2: SimpleNamespace(family="linear", models=models)})
    assert (found.models, found.cost, found.copies) == ({2: models}, Cost(2.0, 1.25), 1)
    assert bool(found.left_out) is said
