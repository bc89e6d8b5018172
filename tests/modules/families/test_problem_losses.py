"""The loss by which models are chosen."""

import math

import numpy as np
import pytest

from modules.families.problem import loss_of


@pytest.mark.parametrize(
    ("task", "labels", "scores", "weights", "expected"),
    [
        ("regression", [0, 4], [[3], [0]], None, math.sqrt(12.5)),
        ("regression", [0, 4], [[3], [0]], [1, 0], 3.0),
        ("binary", [1, 0], [[0.5], [0.75]], None, (math.log(2) + math.log(4)) / 2),
        ("binary", [1], [[0.0]], None, -math.log(1e-15)),
        ("multiclass", [2, 0], [[0.1, 0.4, 0.5], [0.25, 0.5, 0.25]], None, (math.log(2) + math.log(4)) / 2),
        ("multiclass", [2, 0], [[0.1, 0.4, 0.5], [0.25, 0.5, 0.25]], [3, 1], (3 * math.log(2) + math.log(4)) / 4),
    ],
)
def test_loss_goes_by_the_task(task, labels, scores, weights, expected):
    weighted = None if weights is None else np.array(weights, float)
    found = loss_of(task, np.array(labels, np.float32), np.array(scores, float), weighted)
    assert found == pytest.approx(expected)
