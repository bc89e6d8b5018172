"""The fits of a selection to all rows, within the limit of the cost of serving.

A selection is made by estimates from the models of the folds. Trees that are fitted to more rows may have more leaves,
so the cost of what is exported follows from the fitted models. If it exceeds the limit, there are fewer copies of the
trees, then fewer rounds: boosting adds the most in its first rounds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modules.families.auto.candidate import Candidate
from modules.families.auto.costs import TREES, copies_of, cost_of_models
from modules.families.cost import Cost

# The share of the limit that fewer rounds aim at, and how often they are reduced.
AIM, MOST_REDUCTIONS = 0.95, 4

# Fits a candidate to all rows, given its position, the number of the copy, and the share of its rounds.
FitOnce = Callable[[int, int, float], Any]


@dataclass(frozen=True)
class Fits:
    """The models that are exported.

    Attributes:
        models: The models of each selected candidate, by its position.
        cost: The cost of serving them.
        copies: How often trees were fitted.
        left_out: What the limit left out, with the reason.
    """

    models: Mapping[int, Sequence[Any]]
    cost: Cost
    copies: int
    left_out: Mapping[str, str]


def fits_within(limit: Cost, candidates: Mapping[int, Candidate], copies: int, fit_once: FitOnce) -> Fits:
    """Return the fits of some candidates to all rows, whose cost is within a limit if there are trees to reduce.

    Args:
        limit: The limit.
        candidates: The selected candidates, by their positions.
        copies: How often trees are fitted.
        fit_once: Fits a candidate once.
    """
    models = {
        place: [fit_once(place, copy, 1.0) for copy in range(copies_of(one, copies))]
        for place, one in candidates.items()
    }
    cost, kept, share = _cost(candidates, models), copies, 1.0
    left_out: dict[str, str] = {}
    reason = f"would exceed {_words(cost, limit)}"
    while not cost.fits(limit) and kept > 1:
        kept -= 1
        models = {place: own[: copies_of(candidates[place], kept)] for place, own in models.items()}
        cost = _cost(candidates, models)
    if kept < copies:
        left_out[f"{copies - kept} of {copies} fits of the trees"] = reason
    trees = [place for place, one in candidates.items() if one.family == TREES]
    for _ in range(MOST_REDUCTIONS if trees else 0):
        if cost.fits(limit):
            break
        share *= AIM / cost.excess(limit)
        models |= {place: [fit_once(place, copy, share) for copy in range(kept)] for place in trees}
        cost = _cost(candidates, models)
    if share < 1:
        left_out[f"{1 - share:.0%} of the rounds of the trees"] = reason
    return Fits(models, cost, kept, left_out | _excess(cost, limit))


def folds_within(limit: Cost, candidates: Mapping[int, Candidate]) -> Fits:
    """Return the models of the folds as they are: they were selected by their own cost."""
    models = {place: one.models for place, one in candidates.items()}
    cost = _cost(candidates, models)
    return Fits(models, cost, 1, _excess(cost, limit))


def _excess(cost: Cost, limit: Cost) -> dict[str, str]:
    """Return by how much a model exceeds the limit because nothing smaller was found."""
    if cost.fits(limit):
        return {}
    return {"a model within the limit": f"was not found: the exported one exceeds {_words(cost, limit)}"}


def _cost(candidates: Mapping[int, Candidate], models: Mapping[int, Sequence[Any]]) -> Cost:
    return cost_of_models([(one.family, models[place]) for place, one in candidates.items()])


def _words(cost: Cost, limit: Cost) -> str:
    """Return the limits that a cost exceeds, in words."""
    parts = []
    if cost.megabytes > limit.megabytes:
        parts.append(f"{limit.megabytes:.3g} MB of trees and weights by {cost.megabytes - limit.megabytes:.2g} MB")
    if cost.microseconds > limit.microseconds:
        parts.append(f"{limit.microseconds:g} µs per row by {cost.microseconds - limit.microseconds:.2g} µs")
    return " and ".join(parts)
