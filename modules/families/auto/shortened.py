"""Trees of a candidate with fewer rounds, which cost less to serve and nothing to fit.

The first rounds of boosting gain the most. Within a limit of the cost that a candidate exceeds, its first rounds are
often better than another candidate that is small enough.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from modules.families.auto.candidate import Candidate, Folds
from modules.families.auto.costs import TREES, cost_of_fits
from modules.families.auto.within_limit import AIM, MOST_REDUCTIONS
from modules.families.cost import Cost

# The estimated seconds to predict a row by a tree, and the share of the time limit that the predictions of a candidate
# may take. Unlike a clock, the estimate gives the same candidates in each run.
TREE_SECONDS, PREDICTING_SHARE = 1e-7, 0.05


def shortened(
    candidates: Sequence[Candidate], folds: Folds, limits: Sequence[Cost], seconds: float = math.inf
) -> list[Candidate]:
    """Return the best candidate that has trees with fewer rounds, for each limit that it exceeds.

    Args:
        candidates: All candidates.
        folds: The folds that they were fitted on.
        limits: Limits of the cost of serving a model that is fitted to all rows.
        seconds: What takes longer to predict, by an estimate, is left out.
    """
    trees = [one for one in candidates if one.family == TREES]
    if not trees:
        return []
    best = min(trees, key=lambda one: one.loss)
    counts = {rounds_within(limit, best) for limit in limits} - {tuple(model.rounds for model in best.models)}
    each_round = TREE_SECONDS * best.scores.size
    return [
        _first_rounds(best, each, folds)
        for each in sorted(counts, reverse=True)
        if min(each) > 0 and statistics.mean(each) * each_round <= seconds
    ]


def rounds_within(limit: Cost, candidate: Candidate) -> tuple[int, ...]:
    """Return how many rounds of each model a limit allows, by the estimated cost of so many of its trees."""
    # A part of the cost does not depend on the rounds, so that their share is reduced more than once.
    share = 1.0
    for _ in range(MOST_REDUCTIONS):
        cost = cost_of_fits([candidate], share)
        if cost.fits(limit):
            break
        share *= AIM / cost.excess(limit)
    return tuple(int(share * model.rounds) for model in candidate.models)


def _first_rounds(candidate: Candidate, counts: Sequence[int], folds: Folds) -> Candidate:
    """Return a candidate with the first rounds of each model alone."""
    models: list[Any] = [model.first_rounds(count) for model, count in zip(candidate.models, counts, strict=True)]
    scores, losses = np.empty_like(candidate.scores), []
    for fold, model in enumerate(models):
        part = model.predict(folds.problems[fold].validation[0])
        scores[folds.places[fold]] = part
        losses.append(folds.loss_of_fold(part, fold))
    settings = {**candidate.settings, "rounds": round(statistics.mean(counts))}
    return replace(candidate, settings=settings, models=models, scores=scores, loss=folds.loss(scores), losses=losses)
