"""Metrics of predictions."""

import numpy as np
import pytest

from benchmarks.quality.scores import advantage, scores


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


def test_advantage_is_positive_where_ours_are_better_and_its_error_is_that_of_pairs():
    draw = np.random.default_rng(1)
    labels = draw.normal(size=2_000)
    noise = draw.normal(size=2_000)
    value, error = advantage("regression", labels, labels + noise, labels + 1.1 * noise)
    # Both err by the same noise: the difference is 0.1 of its deviation, whose own error is 1 / sqrt(2 n).
    assert value == pytest.approx(0.1 * noise.std(), rel=0.02)
    assert error == pytest.approx(0.1 / (2 * 2_000) ** 0.5, rel=0.2)
    assert advantage("regression", labels, labels + 1.1 * noise, labels + noise)[0] == pytest.approx(-value)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_same_predictions_have_no_advantage(task):
    # Of five rows with one of a class, many samples have the other class alone.
    labels = np.array([0, 0, 0, 0, 1])
    answers = np.linspace(0.1, 0.5, 5)
    found = answers if task == "binary" else np.stack([1 - answers, answers], axis=1)
    assert advantage(task, labels, found, found) == (0.0, 0.0)
