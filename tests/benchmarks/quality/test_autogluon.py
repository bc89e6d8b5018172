"""AutoGluon's predictions in the form that the scores take."""

import numpy as np
import pytest

from benchmarks.quality.autogluon import _of_task

ANSWERS = np.array([[0.25, 0.75], [0.5, 0.5]])


@pytest.mark.parametrize(
    ("task", "found"),
    [("binary", [0.75, 0.5]), ("multiclass", [[0.25, 0.75], [0.5, 0.5]]), ("regression", [0.25, 0.5])],
)
def test_predictions_are_a_probability_of_1_a_probability_per_class_or_numbers(task, found):
    assert _of_task(ANSWERS, task).tolist() == found
