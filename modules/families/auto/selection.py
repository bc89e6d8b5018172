"""The selection of the candidates that `auto` exports, from estimated costs, and so independent of the clock.

The trees of a selected candidate are fitted to all rows up to MOST_COPIES times, with another seed each: they sample
other rows and columns, and their mean varies less (Breiman: Bagging Predictors, Machine Learning 24, 1996).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modules.families.auto import ensemble
from modules.families.auto.candidate import CONSTANT, Candidate, Folds
from modules.families.auto.costs import copies_of, cost_of_fits, cost_of_folds
from modules.families.auto.pooling import Pooling
from modules.families.auto.refit import MORE_ROWS
from modules.families.cost import Cost
from modules.families.links import link_of

# How often trees are fitted to all rows. On five tables three fits reduced the error by 1 to 3 %, five hardly by more.
MOST_COPIES = 3
_LEAST_LIMIT = 1e-9


@dataclass(frozen=True)
class Selection:
    """The models to average.

    Either each candidate is the mean of the models of all folds, or it is fitted once more to all rows with what the
    folds showed to be best: one model in place of several. The model of an only split is kept where there is no time to
    fit it once more. The value is the loss of the predictions of held-out rows.

    Attributes:
        weights: The ensemble weight of each candidate, by its position.
        is_refitted: Whether the candidates are fitted to all rows.
        value: The loss of the ensemble.
        rows: The number of rows of that loss.
        cost: The estimated cost of serving the selection.
        copies: How often the trees of a candidate are fitted to all rows.
    """

    weights: dict[int, float]
    is_refitted: bool
    value: float
    rows: int
    cost: Cost
    copies: int = 1


@dataclass(frozen=True)
class Budget:
    """What the exported model may cost.

    Attributes:
        seconds: The processor time to fit it to all rows and to export it.
        cost: The cost of serving it.
    """

    seconds: float
    cost: Cost

    def share(self, seconds: float, cost: Cost) -> float:
        """Return the greatest share of the time and of the cost of serving that a model takes."""
        limits = (self.seconds, self.cost.microseconds, self.cost.megabytes)
        used = zip((seconds, cost.microseconds, cost.megabytes), limits, strict=True)
        return max(value / max(limit, _LEAST_LIMIT) for value, limit in used)


def select(
    candidates: Sequence[Candidate], folds: Folds, budget: Budget, *, all_folds: int, pooling: Pooling | None = None
) -> Selection:
    """Return what to export.

    Args:
        candidates: The candidates, at least one.
        folds: The folds that they were fitted on.
        budget: The limits; if no model fits, the cheapest one is selected.
        all_folds: The number of folds that hold out every row once.
        pooling: What is averaged; by default predictions.
    """
    pooling = pooling or Pooling(link_of(folds.problems[0]))
    constant = [place for place, one in enumerate(candidates) if one.family == CONSTANT]
    others = [place for place in range(len(candidates)) if place not in constant]
    count = len(folds.problems)
    is_split = all_folds == 1
    seconds = [(export_seconds if is_split else refit_seconds)(candidates[place]) for place in others]

    def share(places: frozenset[int]) -> float:
        """Return what models that are each fitted once take of the budget."""
        cost = cost_of_fits([candidates[others[place]] for place in sorted(places)])
        return budget.share(sum(seconds[place] for place in places), cost)

    scores = [pooling.taken(candidates[place].scores) for place in others]
    chosen = ensemble.ensemble_weights(scores, lambda mean: folds.loss(pooling.given(mean)), share)
    weights = {others[place]: weight for place, weight in chosen.items()}
    value = folds.loss(pooling.pooled([candidates[place].scores for place in weights], list(weights.values())))
    if constant and candidates[constant[0]].loss < value:
        weights, value = {constant[0]: 1.0}, candidates[constant[0]].loss
    members = [candidates[place] for place in weights]
    every = cost_of_folds(members)
    if is_split:
        # The models of the only split lack its validation rows.
        keeps_models = _refit_seconds(members) > budget.seconds
    else:
        in_time = sum(one.export_seconds(count) for one in members) <= budget.seconds
        keeps_models = count == all_folds and every.fits(budget.cost) and in_time
    if keeps_models:
        return Selection(weights, False, value, len(folds.labels), every)
    copies = _affordable_copies(members, budget)
    return Selection(weights, True, value, len(folds.labels), cost_of_fits(members, copies), copies)


def _affordable_copies(members: Sequence[Candidate], budget: Budget) -> int:
    for copies in range(MOST_COPIES, 1, -1):
        if cost_of_fits(members, copies).fits(budget.cost) and _refit_seconds(members, copies) <= budget.seconds:
            return copies
    return 1


def _refit_seconds(members: Sequence[Candidate], copies: int = 1) -> float:
    return sum(refit_seconds(one) * copies_of(one, copies) for one in members)


def refit_seconds(candidate: Candidate) -> float:
    """Return the estimated seconds to fit a candidate to all rows and to export it."""
    return MORE_ROWS * candidate.seconds / len(candidate.models) + export_seconds(candidate)


def export_seconds(candidate: Candidate) -> float:
    """Return the estimated seconds to export one model of a candidate."""
    return candidate.export_seconds(len(candidate.models)) / len(candidate.models)


def export_selection(
    candidates: Sequence[Candidate],
    selection: Selection,
    pooling: Pooling,
    models: Mapping[int, Sequence[Any]] | None = None,
) -> Any:
    """Return one model, in which all boosters are one forest.

    Args:
        candidates: The candidates.
        selection: The selection of them.
        pooling: What is averaged.
        models: The models of each selected candidate, by its position; by default those of its folds.
    """
    models = models or {place: candidates[place].models for place in selection.weights}
    parts = [
        (candidates[place].family, model, weight / len(models[place]))
        for place, weight in selection.weights.items()
        for model in models[place]
    ]
    trees = [(model, weight) for family, model, weight in parts if family == "trees"]
    exported = [(model.export(), weight) for family, model, weight in parts if family != "trees"]
    if trees:
        from modules.families.trees.forest import trees_model

        total = sum(weight for _, weight in trees)
        forest = trees_model([model for model, _ in trees], [weight / total for _, weight in trees])
        exported.append((forest, total))
    return pooling.model([model for model, _ in exported], [weight for _, weight in exported])
