"""The predictions of an exported selection for rows that its models were not fitted to."""

from collections.abc import Sequence

import numpy as np

from modules.families.auto.candidate import Candidate, Folds
from modules.families.auto.selection import Selection
from modules.families.problem import HeldOut

SOURCE = "training rows, each predicted by the models of the fold that it was held out of; they also chose the models"


def held_out_of(candidates: Sequence[Candidate], selection: Selection, folds: Folds) -> HeldOut | None:
    """Return the predictions of the held-out rows of each exported fold; None for a single split."""
    if len(folds.problems) == 1:
        return None
    part, rows = folds.first(selection.folds)
    mean = sum(candidates[place].scores[rows] * weight for place, weight in selection.weights.items())
    return HeldOut(np.asarray(mean), part.labels, rows, SOURCE)
