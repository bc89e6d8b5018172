"""The best constant as a model."""

import numpy as np
import pytest

from modules.families import constant
from tests.modules.families.problems import problem_of, rows_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_constant_is_the_share_of_each_class_or_the_mean_also_when_exported(task):
    import tensorflow as tf

    problem = problem_of(task, 200)
    trained, labels = constant.train(problem), problem.train[1]
    expected = [np.mean(labels == number) for number in range(3)] if task == "multiclass" else [labels.mean()]
    rows = rows_of(7, seed=4, unseen=True)
    np.testing.assert_allclose(trained.predict(rows), np.tile(expected, (7, 1)), rtol=1e-6)
    exported = trained.export()({name: tf.constant(values) for name, values in rows.items()})
    np.testing.assert_allclose(np.asarray(exported), np.tile(expected, (7, 1)), rtol=1e-6)
    assert (trained.cut, trained.cost.microseconds) == ("", 0)
