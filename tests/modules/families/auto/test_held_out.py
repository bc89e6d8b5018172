"""The predictions of an exported selection for held-out rows."""

from types import SimpleNamespace

import numpy as np
import pytest

from modules.families.auto.held_out import held_out_of
from modules.families.auto.selection import Selection
from modules.families.cost import Cost

pytestmark = pytest.mark.slow

LABELS = np.arange(4.0)
CANDIDATES = [SimpleNamespace(scores=LABELS[:, None] * factor) for factor in (1, 3)]


def test_predictions_are_the_weighted_mean_at_the_positions_of_the_rows():
    selection = Selection({0: 0.5, 1: 0.5}, True, 0.0, 4, Cost())
    found = held_out_of(CANDIDATES, selection, LABELS, np.array([0, 1, 3, 4]))
    assert found.places.tolist() == [0, 1, 3, 4]
    assert found.labels.tolist() == [0, 1, 2, 3]
    assert found.scores[:, 0].tolist() == [0, 2, 4, 6]
