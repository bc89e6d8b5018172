"""A linear model as a graph: the predictions are those of scikit-learn."""

import numpy as np
import pytest

from modules.families import linear
from tests.modules.families.problems import KINDS, SETTINGS, problem_of, rows_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("columns", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_graph_predicts_as_scikit_learn_does(task, columns):
    import tensorflow as tf

    every = problem_of(task)
    parts = [({name: part[0][name] for name in columns.names}, part[1]) for part in (every.train, every.validation)]
    trained = linear.train(type(every)(columns, task, every.classes, *parts), SETTINGS)
    rows = {name: values for name, values in rows_of(80, seed=4, unseen=True).items() if name in columns.names}
    found = np.asarray(trained.export()({name: tf.constant(values) for name, values in rows.items()}))
    np.testing.assert_allclose(found, trained.predict(rows), rtol=1e-5, atol=1e-6)
