"""The predictions of an exported selection for rows that its models were not fitted to."""

from collections.abc import Sequence

import numpy as np

from modules.families.auto.candidate import Candidate
from modules.families.auto.pooling import Pooling
from modules.families.auto.selection import Selection
from modules.families.problem import HeldOut

SOURCE = "training rows, each predicted by the models of the fold that it was held out of; they also chose the models"
# Of a single split, if the exported models were fitted to its validation rows as well.
SPLIT_SOURCE = "validation rows, predicted by models that were not fitted to them; they also chose the models"


def predictions_of(candidates: Sequence[Candidate], selection: Selection, pooling: Pooling) -> np.ndarray:
    """Return the predictions of the held-out rows by a selection of candidates, [rows, units]."""
    scores = [candidates[place].scores for place in selection.weights]
    return pooling.pooled(scores, list(selection.weights.values()))


def held_out_of(
    candidates: Sequence[Candidate],
    selection: Selection,
    labels: tuple[np.ndarray, np.ndarray | None],
    places: np.ndarray,
    pooling: Pooling,
) -> HeldOut:
    """Return the predictions of the held-out rows.

    Args:
        candidates: The candidates, with the predictions of these rows.
        selection: The selection of them.
        labels: The labels of these rows, and their weights or None.
        places: The positions of these rows among the training rows followed by the validation rows.
        pooling: What is averaged.
    """
    return HeldOut(predictions_of(candidates, selection, pooling), labels[0], places, SOURCE, labels[1])
