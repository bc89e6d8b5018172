"""A candidate fitted once more, to all rows."""

import numpy as np
import pytest

from modules.families.auto.candidate import folds_of
from modules.families.auto.race import Contender
from modules.families.auto.refit import refit
from modules.families.deadline import Deadline
from modules.families.problem import loss_of
from tests.modules.families.problems import SETTINGS, problem_of

pytestmark = pytest.mark.slow


def candidate_of(family, problem, settings, own=None):
    folds = folds_of(problem, settings)
    return Contender(family, own or {}).complete(folds, settings, Deadline())


def test_trees_have_the_mean_rounds_of_the_folds_and_the_settings_of_the_candidate():
    problem = problem_of("binary", 200)
    found = candidate_of("trees", problem, SETTINGS, {"leaves": 5, "learning_rate": 0.2})
    model = refit(found, problem, SETTINGS)
    assert model.rounds == round(np.mean([one.rounds for one in found.models]))
    assert model.leaves == 5


def test_linear_model_has_the_median_strength_of_the_folds_and_all_rows():
    problem = problem_of("regression", 200)
    found = candidate_of("linear", problem, SETTINGS)
    model = refit(found, problem, SETTINGS)
    assert model.rows == 300
    assert model.strength == sorted(one.strength for one in found.models)[2]


def test_constant_is_that_of_all_rows():
    problem = problem_of("regression", 200)
    model = refit(candidate_of("constant", problem, SETTINGS), problem, SETTINGS)
    assert model.values == pytest.approx(np.concatenate([problem.train[1], problem.validation[1]]).mean())


def test_network_ends_at_the_mean_of_the_best_epochs():
    problem, settings = problem_of("regression", 60), {**SETTINGS, "epochs": 12}
    found = candidate_of("neural", problem, settings)
    best = [int(np.argmin([curve["val_loss"] for curve in one.curves])) + 1 for one in found.models]
    model = refit(found, problem, settings)
    assert len(model.curves) == round(np.mean(best))
    rows, labels = problem.validation
    assert loss_of("regression", labels, model.predict(rows)) < np.std(labels)
