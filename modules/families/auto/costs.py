"""The estimated cost of candidates that are exported together: the trees of all of them share their tables."""

import statistics
from collections.abc import Sequence
from typing import Any

from modules.families.auto.candidate import Candidate
from modules.families.cost import Cost
from modules.families.trees import shape

TREES = "trees"


def copies_of(candidate: Candidate, copies: int) -> int:
    """Return how often a candidate is fitted to all rows, if trees are fitted so many times."""
    return copies if candidate.family == TREES else 1


def cost_of_folds(members: Sequence[Candidate]) -> Cost:
    """Return the cost of the models of all folds of some candidates."""
    return cost_of_models([(one.family, one.models) for one in members])


def cost_of_models(members: Sequence[tuple[str, Sequence[Any]]]) -> Cost:
    """Return the cost of some fitted models of each of some families."""
    trees = [(model.shape, 1.0) for family, models in members if family == TREES for model in models]
    return _sum(trees, [model.cost for family, models in members if family != TREES for model in models])


def cost_of_fits(members: Sequence[Candidate], copies: float = 1) -> Cost:
    """Return the cost of some candidates that are fitted to all rows, trees so often; less than once is fewer rounds.

    The thresholds are those of the first fold, which is the same for all candidates; the number of trees is the mean.
    """
    trees, others = [], []
    for one in members:
        if one.family == TREES:
            rounds = statistics.fmean(model.rounds for model in one.models) / one.models[0].rounds
            trees.append((one.models[0].shape, copies * rounds))
        else:
            others.append(sum((model.cost for model in one.models), Cost()) * (1 / len(one.models)))
    return _sum(trees, others)


def _sum(trees: Sequence[tuple[shape.Shape, float]], others: Sequence[Cost]) -> Cost:
    return sum(others, shape.cost_of(trees) if trees else Cost())
