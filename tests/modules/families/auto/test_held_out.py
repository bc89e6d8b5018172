"""The predictions of an exported selection for held-out rows."""

from types import SimpleNamespace

import numpy as np
import pytest

from modules.families.auto.held_out import held_out_of
from modules.families.auto.pooling import Pooling
from modules.families.auto.selection import Selection
from modules.families.cost import Cost

pytestmark = pytest.mark.slow

LABELS = np.arange(4.0)
CANDIDATES = [SimpleNamespace(scores=LABELS[:, None] * factor) for factor in (1, 3)]


def test_predictions_are_the_weighted_mean_at_the_positions_of_the_rows():
    selection = Selection({0: 0.5, 1: 0.5}, True, 0.0, 4, Cost())
    found = held_out_of(CANDIDATES, selection, (LABELS, LABELS + 1), np.array([0, 1, 3, 4]), Pooling("identity"))
    assert found.places.tolist() == [0, 1, 3, 4]
    assert found.labels.tolist() == [0, 1, 2, 3]
    assert found.weights.tolist() == [1, 2, 3, 4]
    assert found.scores[:, 0].tolist() == [0, 2, 4, 6]


def test_raw_scores_are_averaged_if_the_model_is_explained():
    selection = Selection({0: 0.5, 1: 0.5}, True, 0.0, 4, Cost())
    candidates = [SimpleNamespace(scores=np.full((4, 1), share)) for share in (0.5, 0.9)]
    found = held_out_of(candidates, selection, (LABELS, None), np.arange(4), Pooling("sigmoid", is_raw=True))
    # Odds of 1 and 9 have the mean 3.
    np.testing.assert_allclose(found.scores[:, 0], 0.75)
