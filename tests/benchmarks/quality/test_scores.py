"""Metrics of predictions."""

import numpy as np
import pytest

from benchmarks.quality.scores import scores


@pytest.mark.parametrize(
    ("task", "labels", "answers", "expected"),
    [
        ("binary", [0, 1, 1, 0], [0.1, 0.9, 0.4, 0.5], {"auc": 0.75}),
        ("multiclass", [0, 1], [[0.5, 0.5], [0.75, 0.25]], {"log_loss": (np.log(2) + np.log(4)) / 2, "accuracy": 0.5}),
        ("multiclass", [0], [[0.0, 1.0]], {"log_loss": -np.log(1e-7)}),
        ("regression", [1.0, 3.0], [1.0, 1.0], {"rmse": 2**0.5, "mae": 1.0}),
    ],
)
def test_scores_are_those_computed_by_hand(task, labels, answers, expected):
    found = scores(task, np.array(labels), np.array(answers))
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_answers_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="infinite"):
        scores("regression", np.array([1.0]), np.array([np.nan]))
