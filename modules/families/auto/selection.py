"""The selection of the candidates that `auto` exports, from estimated costs, and so independent of the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modules.families.auto import ensemble
from modules.families.auto.candidate import Candidate, Folds


@dataclass(frozen=True)
class Selection:
    """The models to average.

    With folds the exported model is the mean of one ensemble per fold. Each ensemble predicts the held-out rows of its
    fold; the value is the loss of these predictions, over the exported folds only.

    Attributes:
        weights: The ensemble weight of each candidate, by its position.
        folds: The number of folds, the first ones, of which the models are exported.
        value: The loss of the ensemble.
        rows: The number of rows of that loss.
    """

    weights: dict[int, float]
    folds: int
    value: float
    rows: int


def select(candidates: Sequence[Candidate], folds: Folds, budget: float) -> Selection:
    """Return what to export.

    Args:
        candidates: The candidates, at least one.
        folds: The folds that they were fitted on.
        budget: The seconds for the export; if no model fits, the cheapest one is selected.
    """
    best = min(candidates, key=lambda candidate: candidate.loss)
    total = len(folds.problems)
    # As many folds as there is time for with the best candidate alone.
    count = next((count for count in range(total, 1, -1) if best.export_seconds(count) <= budget), 1)
    part, rows = folds.first(count)
    scores = [one.scores[rows] for one in candidates]
    costs = [one.export_seconds(count) for one in candidates]
    weights = ensemble.ensemble_weights(scores, part.loss, costs, budget)
    mean = sum(scores[place] * weight for place, weight in weights.items())
    return Selection(weights, count, part.loss(np.asarray(mean)), len(rows))


def export_selection(candidates: Sequence[Candidate], selection: Selection, folds: Sequence[int] | None = None) -> Any:
    """Return one model, in which all boosters are one forest.

    Args:
        candidates: The candidates.
        selection: The selection of them.
        folds: The folds to export; by default those of the selection.
    """
    folds = range(selection.folds) if folds is None else folds
    parts = [
        (candidates[place].family, candidates[place].models[fold], weight / len(folds))
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
