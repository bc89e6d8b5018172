"""Families with monotonic constraints: the exported model keeps them, where the rows say otherwise."""

from dataclasses import replace

import numpy as np
import pytest

from modules.families.deadline import Deadline
from modules.monotonicity import probed
from tests.modules.families.problems import SETTINGS, problem_of, rows_of

pytestmark = pytest.mark.slow


def violations(model, direction):
    """Return how many of 100,000 probes of the model break a constraint on `miles`."""
    import tensorflow as tf

    rows = rows_of(1000, seed=5, unseen=True)
    rows["miles_xf_missing"][:] = 0
    call = tf.function(model, autograph=False)

    def predict(columns):
        return call({name: tf.constant(values) for name, values in columns.items()}).numpy()[:, 0]

    found = probed(predict, rows, "miles_xf", np.linspace(-4, 4, 101), direction)
    assert found.probes == 100_000
    return found.violations


@pytest.mark.parametrize("task", ["binary", "regression"])
@pytest.mark.parametrize("family", ["trees", "linear"])
def test_exported_model_keeps_a_constraint_that_the_rows_contradict(family, task):
    from modules.training import family_fit

    # The label rises with miles.
    problem = problem_of(task, 600)
    settings = {**SETTINGS, "rounds": 80}
    free = family_fit(family)(problem, settings).model
    assert violations(free, "decreasing") > 0
    bound = family_fit(family)(replace(problem, monotonic={"miles_xf": -1}), settings).model
    assert violations(bound, "decreasing") == 0


def test_exported_ensemble_of_auto_keeps_a_constraint_and_leaves_the_network_out(monkeypatch):
    from modules.families.auto.fitting import exported, selected
    from modules.families.auto.search import Search

    # Not monotonic: the noise of few rows.
    problem = replace(problem_of("regression", 200), monotonic={"miles_xf": 1})
    search = Search(problem, {**SETTINGS, "rounds": 40, "time_limit": None})
    search.deadline = Deadline()
    monkeypatch.setattr("modules.families.auto.search.FAMILY_RATIO", 100.0)
    search.try_families()
    reason = "cannot keep monotonic constraints"
    assert search.left_out == {"neural": reason, "trees with linear leaves": reason}
    assert not any("linear_tree" in str(one.settings) for one in search.contenders)
    families = [candidate.family for candidate in search.candidates]
    assert set(families) == {"constant", "linear", "trees"}
    weights = {families.index("linear"): 0.5, families.index("trees"): 0.5}
    for is_refitted in (False, True):
        both = replace(selected(search), weights=weights, is_refitted=is_refitted)
        assert violations(exported(search, both)[0], "increasing") == 0
