"""The race of `auto`: a cheap first comparison, then every fold."""

from dataclasses import replace

import numpy as np
import pytest

from modules.families.auto.candidate import FOLDS, folds_of, single_split
from modules.families.auto.race import FIRST_ROWS, Contender, first_part
from modules.families.deadline import Deadline
from tests.modules.families.clocks import Clock
from tests.modules.families.problems import COLUMNS, SETTINGS, problem_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("family", ["linear", "trees", "constant"])
def test_each_row_is_predicted_by_the_model_that_was_not_fitted_on_it(family):
    folds = folds_of(problem_of("multiclass", 200), SETTINGS)
    contender = Contender(family, {"rounds": 5})
    contender.start(folds, SETTINGS, Deadline())
    assert contender.first_loss == contender.losses[0]
    assert len(contender.models) == 1
    found = contender.complete(folds, SETTINGS, Deadline())
    for model, places, fold in zip(found.models, folds.places, folds.problems, strict=True):
        np.testing.assert_array_equal(found.scores[places], model.predict(fold.validation[0]))
    assert found.loss == pytest.approx(folds.loss(found.scores))
    assert len(found.losses) == len(found.models) == FOLDS
    assert found.seconds > 0


def test_first_fold_is_not_fitted_twice():
    folds = folds_of(problem_of("binary", 100), SETTINGS)
    contender = Contender("linear", {})
    contender.start(folds, SETTINGS, Deadline())
    first = contender.models[0]
    assert contender.complete(folds, SETTINGS, Deadline()).models[0] is first


@pytest.mark.parametrize(("best", "fitted"), [([0.01] * FOLDS, 1), ([1.0, 0.01, 0.01, 0.01, 0.01], 2)])
def test_contender_is_given_up_when_its_first_folds_are_much_worse(best, fitted):
    folds = folds_of(problem_of("binary", 200), SETTINGS)
    contender = Contender("trees", {"rounds": 1})
    contender.start(folds, SETTINGS, Deadline())
    assert contender.complete(folds, SETTINGS, Deadline(), best) is None
    assert len(contender.models) == fitted


def test_contender_is_given_up_when_the_deadline_does_not_allow_all_folds_unless_it_is_required():
    folds, deadline = folds_of(problem_of("binary", 200), SETTINGS), Deadline(10.0, Clock())
    contender = Contender("linear", {})
    contender.start(folds, SETTINGS, deadline)
    contender.seconds = 9.0
    assert contender.complete(folds, SETTINGS, deadline) is None
    assert len(contender.complete(folds, SETTINGS, deadline, is_required=True).models) == FOLDS


def test_fewer_folds_are_a_candidate_of_those_alone():
    folds = folds_of(problem_of("binary", 100), SETTINGS)
    contender = Contender("linear", {})
    contender.start(folds, SETTINGS, Deadline())
    one, rows = folds.first(1)
    found = contender.complete(one, SETTINGS, Deadline())
    assert len(found.scores) == len(rows) == len(folds.places[0])
    assert found.loss == pytest.approx(contender.first_loss)


def test_only_split_of_many_rows_is_first_compared_on_a_part_of_them():
    problem = problem_of("binary", 50, replace(COLUMNS, categories={}, vectors={}))
    count = 2 * FIRST_ROWS
    columns = {name: np.zeros(count, np.float32) for name in problem.columns.names}
    many = replace(problem, train=(columns, np.arange(count) % 2))
    part = first_part(single_split(many, SETTINGS), seed=3)
    assert len(part.train[1]) == FIRST_ROWS
    assert part.validation is many.validation
    assert first_part(single_split(problem, SETTINGS), seed=3) is None
    contender = Contender("constant", {})
    contender.start(single_split(many, SETTINGS), SETTINGS, Deadline())
    assert contender.models == []
    assert np.isfinite(contender.first_loss)
