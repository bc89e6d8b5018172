"""The selection of the candidates that `auto` exports, from estimated costs, and so independent of the clock.

The trees of a selected candidate are fitted to all rows up to MOST_COPIES times, with another seed each: they sample
other rows and columns, and their mean varies less (Breiman: Bagging Predictors, Machine Learning 24, 1996).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modules.families.auto import ensemble
from modules.families.auto.candidate import CONSTANT, Candidate, Folds
from modules.families.auto.costs import copies_of, cost_of_fits, cost_of_folds
from modules.families.auto.pooling import Pooling
from modules.families.auto.refit import export_seconds, refit_seconds
from modules.families.cost import Cost
from modules.families.links import link_of

# How often trees are fitted to all rows. On five tables three fits reduced the error by 1 to 3 %, five hardly by more.
MOST_COPIES = 3
# Some of the folds, or an only split, lack rows. They are exported as they are only if their loss is less by a share
# than that of what can be fitted to all rows. A quarter more rows reduced it by 2 % in the mean of ten tables, and by
# at most 5 % on nine of them. An only split has more rows, of which a few more matter less.
GAIN_OF_ALL_FOLDS, GAIN_OF_SPLIT = 0.05, 0.02
_LEAST_LIMIT = 1e-9

_ShareOf = Callable[[Sequence[Candidate], "Budget"], float]


@dataclass(frozen=True)
class Selection:
    """The models to average.

    Either each candidate is the mean of the models of its folds, or it is fitted once more to all rows with what the
    folds showed to be best: one model in place of several. Some of the folds, or an only split, are exported as they
    are if there is no time to fit them once more, and what there is time for is worse. The value is the loss of the
    predictions of held-out rows.

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


@dataclass(frozen=True)
class _Best:
    """The best models in one way of exporting them: their weights, their loss, and what they take of the budget."""

    weights: dict[int, float]
    members: list[Candidate]
    value: float
    share: float

    def is_better_than(self, refitted: "_Best", gain: float) -> bool:
        """Say whether models of folds are better than models whose loss a fit to all rows reduces by a share."""
        if max(self.share, refitted.share) > 1:
            return self.share < refitted.share
        return self.value < refitted.value * (1 - gain)


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
    scores = [pooling.taken(candidates[place].scores) for place in others]

    def best(share_of: _ShareOf) -> _Best:
        """Return the best models within the budget, if they take this share of it."""

        def share(places: frozenset[int]) -> float:
            return share_of([candidates[others[place]] for place in sorted(places)], budget)

        chosen = ensemble.ensemble_weights(scores, lambda mean: folds.loss(pooling.given(mean)), share)
        weights = {others[place]: weight for place, weight in chosen.items()}
        value = folds.loss(pooling.pooled([candidates[place].scores for place in weights], list(weights.values())))
        if constant and candidates[constant[0]].loss < value:
            weights, value = {constant[0]: 1.0}, candidates[constant[0]].loss
        members = [candidates[place] for place in weights]
        return _Best(weights, members, value, share_of(members, budget))

    found, is_refitted = best(_refit_share), True
    if 1 < all_folds == len(folds.problems):
        is_refitted = _folds_share(found.members, budget) > 1
    else:
        kept = best(_folds_share)
        if kept.is_better_than(found, GAIN_OF_SPLIT if all_folds == 1 else GAIN_OF_ALL_FOLDS):
            found, is_refitted = kept, False
    rows = len(folds.labels)
    if not is_refitted:
        return Selection(found.weights, False, found.value, rows, cost_of_folds(found.members))
    copies = _affordable_copies(found.members, budget)
    return Selection(found.weights, True, found.value, rows, cost_of_fits(found.members, copies), copies)


def _refit_share(members: Sequence[Candidate], budget: Budget) -> float:
    return budget.share(_refit_seconds(members), cost_of_fits(members))


def _folds_share(members: Sequence[Candidate], budget: Budget) -> float:
    return budget.share(sum(map(export_seconds, members)), cost_of_folds(members))


def _affordable_copies(members: Sequence[Candidate], budget: Budget) -> int:
    for copies in range(MOST_COPIES, 1, -1):
        if cost_of_fits(members, copies).fits(budget.cost) and _refit_seconds(members, copies) <= budget.seconds:
            return copies
    return 1


def _refit_seconds(members: Sequence[Candidate], copies: int = 1) -> float:
    return sum(refit_seconds(one) * copies_of(one, copies) for one in members)


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
