"""The predictions of an exported selection for rows that its models were not fitted to."""

from collections.abc import Sequence

import numpy as np

from modules.families.auto.candidate import Candidate
from modules.families.auto.selection import Selection
from modules.families.problem import HeldOut

SOURCE = "training rows, each predicted by the models of the fold that it was held out of; they also chose the models"


def held_out_of(
    candidates: Sequence[Candidate],
    selection: Selection,
    labels: np.ndarray,
    places: np.ndarray,
    weights: np.ndarray | None = None,
) -> HeldOut:
    """Return the predictions of the held-out rows.

    Args:
        candidates: The candidates, with the predictions of these rows.
        selection: The selection of them.
        labels: The labels of these rows.
        places: The positions of these rows among the training rows followed by the validation rows.
        weights: The weights of these rows, or None.
    """
    mean = sum(candidates[place].scores * weight for place, weight in selection.weights.items())
    return HeldOut(np.asarray(mean), labels, places, SOURCE, weights)
