"""The outputs of a decision in NumPy."""

import numpy as np
import pytest

from modules.decision.outputs import class_probabilities, decided
from penstock.core.documents.decision import Calibration, Coverage, Decision, Policy

CALIBRATION = Calibration(rows=10, source="rows", fitted=False)


def test_probability_equal_to_the_threshold_is_decided_yes():
    policy = Policy(name="recall", value=0.9, threshold=0.25, precision=None, recall=1.0, share=1.0)
    document = Decision(task="binary", calibration=CALIBRATION, policy=policy)
    below = np.nextafter(np.float32(0.25), np.float32(0))
    assert decided(document, np.array([[0.25], [below]], np.float32))["decision"] == [1, 0]


def test_value_without_a_quantile_of_its_own_has_the_common_one():
    document = Decision.model_validate(
        {
            "task": "regression",
            "calibration": CALIBRATION,
            "coverage": Coverage(
                share=0.9, quantile=2.0, by="zone", slices=({"value": 7, "quantile": 0.5, "rows": 100},)
            ),
        }
    )
    found = decided(document, np.zeros((3, 1), np.float32), [7, 8, None])
    assert found == {"lower": [-0.5, -2.0, -2.0], "upper": [0.5, 2.0, 2.0]}


def test_lower_bound_is_at_least_the_least_label_of_the_loss():
    coverage = Coverage(share=0.9, quantile=2.0, least=0.0)
    document = Decision(task="regression", calibration=CALIBRATION, coverage=coverage)
    found = decided(document, np.array([[0.5], [2.0], [3.0]], np.float32))
    assert found == {"lower": [0.0, 0.0, 1.0], "upper": [2.5, 4.0, 5.0]}


def test_probability_of_two_classes_is_that_of_no_and_of_yes():
    assert class_probabilities(np.array([[0.25]], np.float32)) == pytest.approx(np.array([[0.75, 0.25]]))
