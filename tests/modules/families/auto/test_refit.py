"""A candidate fitted once more, to all rows."""

from types import SimpleNamespace

import numpy as np
import pytest

from modules.families.auto.candidate import folds_of
from modules.families.auto.race import Contender
from modules.families.auto.refit import MORE_ROWS, export_seconds, refit, refit_seconds
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


def test_time_of_a_fit_to_all_rows_is_that_of_the_kept_rounds_with_more_rows_and_of_one_export():
    models = [SimpleNamespace(export_seconds=1.0, kept_share=share) for share in (0.5, 1.0)]
    timed = SimpleNamespace(models=models, seconds=8.0)
    assert refit_seconds(timed) == pytest.approx(MORE_ROWS * 4.0 * 0.75 + 1.0)
    assert export_seconds(timed) == 2.0


def test_a_fit_to_all_rows_repeats_only_the_kept_rounds_of_trees():
    problem = problem_of("binary", 200)
    found = candidate_of("trees", problem, {**SETTINGS, "rounds": 200}, {"learning_rate": 0.3})
    assert all(0 < one.kept_share == one.rounds / len(one.curves) < 1 for one in found.models)
    assert refit_seconds(found) < MORE_ROWS * found.seconds / 5 + export_seconds(found) / 5
