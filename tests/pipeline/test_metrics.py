"""The metrics' names and directions."""

import numpy as np
import pytest

from modules.features import TASKS
from modules.measures import MEASURES, measure
from pipeline.metrics import METRICS

HALVES, THIRDS = np.array([0, 1, 0, 1]), np.array([0, 1, 2, 1])
# Labels, the predictions of a perfect model, those of one that is always wrong.
ROWS = {
    "binary": (HALVES, HALVES, 1 - HALVES),
    "multiclass": (THIRDS, np.eye(4)[THIRDS], (1 - np.eye(4)[THIRDS]) / 3),
    "regression": (THIRDS, THIRDS, THIRDS + 1),
}


def test_each_task_has_its_metrics_and_their_measures():
    assert set(METRICS) == set(TASKS)
    assert {task: set(names) for task, names in METRICS.items()} == {t: set(names) for t, names in MEASURES.items()}


@pytest.mark.parametrize(("task", "name"), [(task, name) for task in METRICS for name in METRICS[task]])
def test_direction_is_that_in_which_a_perfect_model_lies(task, name):
    labels, perfect, wrong = ROWS[task]
    gain = measure(task, name, labels, perfect) - measure(task, name, labels, wrong)
    assert (gain > 0) == METRICS[task][name]
    assert gain != 0
