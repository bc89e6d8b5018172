"""The predictions of an exported selection for held-out rows."""

from types import SimpleNamespace

import numpy as np
import pytest

from modules.families.auto.candidate import Folds
from modules.families.auto.held_out import held_out_of
from modules.families.auto.selection import Selection

pytestmark = pytest.mark.slow

LABELS = np.arange(6.0)
PLACES = [np.array([0, 3]), np.array([1, 4]), np.array([2, 5])]
CANDIDATES = [SimpleNamespace(scores=LABELS[:, None] * factor) for factor in (1, 3)]


def test_predictions_are_the_weighted_mean_over_the_exported_folds():
    folds = Folds([None] * 3, PLACES, LABELS, None)
    found = held_out_of(CANDIDATES, Selection({0: 0.5, 1: 0.5}, 2, 0.0, 4), folds)
    assert found.places.tolist() == [0, 1, 3, 4]
    assert found.labels.tolist() == [0, 1, 3, 4]
    assert found.scores[:, 0].tolist() == [0, 2, 6, 8]


def test_single_split_leaves_the_validation_rows_to_the_model():
    assert held_out_of(CANDIDATES, Selection({0: 1.0}, 1, 0.0, 6), Folds([None], [np.arange(6)], LABELS, None)) is None
