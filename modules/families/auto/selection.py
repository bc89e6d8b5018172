"""What `auto` exports of what it found: decided once, from costs that no clock changes, then measured as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modules.families.auto import ensemble
from modules.families.auto.candidate import Candidate, Folds


@dataclass(frozen=True)
class Selection:
    """The models to average.

    On folds the exported model is the mean of one mean per fold. Each of the latter predicts the rows that none of its
    models saw; these predictions are what is measured, of all folds that are exported and of no other.

    Attributes:
        weights: The weight of each candidate, by its place among those found.
        folds: Of so many folds, the first ones, the models are exported.
        value: The loss of the mean.
        rows: The number of rows that it was measured on.
    """

    weights: dict[int, float]
    folds: int
    value: float
    rows: int


def select(found: Sequence[Candidate], folds: Folds, budget: float) -> Selection:
    """Return what to export.

    Args:
        found: The candidates, one at least.
        folds: What they were fitted on.
        budget: The seconds that an export may take; where none of the models fits, it is the cheapest.
    """
    best = min(found, key=lambda candidate: candidate.loss)
    most = len(folds.problems)
    # As many folds as there is time for with the best candidate alone.
    count = next((count for count in range(most, 1, -1) if best.export_seconds(count) <= budget), 1)
    part, rows = folds.first(count)
    scores = [one.scores[rows] for one in found]
    weights = ensemble.weights_of(scores, part.loss, [one.export_seconds(count) for one in found], budget)
    mean = sum(scores[place] * weight for place, weight in weights.items())
    return Selection(weights, count, part.loss(np.asarray(mean)), len(rows))


def exported(found: Sequence[Candidate], selection: Selection, folds: Sequence[int] | None = None) -> Any:
    """Return one model: boosters are one forest, whatever their number, and every other model stands by itself.

    Args:
        found: The candidates.
        selection: What was chosen of them.
        folds: Of which folds; without it of all that were chosen.
    """
    folds = range(selection.folds) if folds is None else folds
    parts = [
        (found[place].family, found[place].models[fold], weight / len(folds))
        for place, weight in selection.weights.items()
        for fold in folds
    ]
    trees = [(model, weight) for family, model, weight in parts if family == "trees"]
    models = [(model.export(), weight) for family, model, weight in parts if family != "trees"]
    if trees:
        from modules.families.trees.forest import trees_model

        total = sum(weight for _, weight in trees)
        forest = trees_model([model for model, _ in trees], [weight / total for _, weight in trees])
        models.append((forest, total))
    if len(models) == 1:
        return models[0][0]
    from modules.families.auto.ensemble import EnsembleModel

    return EnsembleModel([model for model, _ in models], [weight for _, weight in models])
