"""Trees of a candidate with fewer rounds, under a limit of the cost that all of them exceed."""

from dataclasses import replace

import numpy as np
import pytest

from modules.families.auto import fitting
from modules.families.auto import search as auto
from modules.families.auto.candidate import folds_of, single_split
from modules.families.auto.costs import cost_of_fits
from modules.families.auto.race import Contender
from modules.families.auto.shortened import TREE_SECONDS, rounds_within, shortened
from modules.families.cost import FOREST_GRAPH, Cost
from modules.families.deadline import Deadline
from modules.families.problem import Columns, Problem
from tests.modules.families.problems import SETTINGS, problem_of

pytestmark = pytest.mark.slow
FREE = 1e9


def candidate_of(family, folds, **own):
    return Contender(family, own).complete(folds, SETTINGS, Deadline())


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("split", [folds_of, single_split])
def test_first_rounds_predict_what_lightgbm_predicts_of_them_and_are_within_the_limits(task, split):
    folds = split(problem_of(task, 400), SETTINGS)
    whole = candidate_of("trees", folds, learning_rate=0.02)
    cost = cost_of_fits([whole])
    size = FOREST_GRAPH + 0.7 * (cost.megabytes - FOREST_GRAPH)
    limits = [Cost(share * cost.microseconds, FREE) for share in (0.6, 0.8)] + [Cost(FREE, size)]
    found = shortened([candidate_of("linear", folds), whole], folds, limits)
    assert len(found) == 3
    for one in found:
        counts = [model.rounds for model in one.models]
        assert one.settings == {"learning_rate": 0.02, "rounds": round(np.mean(counts))}
        assert any(cost_of_fits([one]).fits(limit) for limit in limits)
        for fold, count in enumerate(counts):
            first, rows = whole.models[fold], folds.problems[fold].validation[0]
            expected = first.booster.predict(first.columns.matrix(rows), num_iteration=count)
            expected = expected.reshape(len(one.scores[folds.places[fold]]), -1)
            np.testing.assert_array_equal(one.scores[folds.places[fold]], expected)
            assert one.losses[fold] == folds.loss_of_fold(expected, fold)
        assert one.loss == folds.loss(one.scores)
        assert one.loss > whole.loss


def test_nothing_is_shortened_that_is_within_the_limits_or_has_no_trees():
    folds = folds_of(problem_of("regression", 60), SETTINGS)
    whole, linear = candidate_of("trees", folds), candidate_of("linear", folds)
    assert shortened([whole, linear], folds, [cost_of_fits([whole])]) == []
    assert shortened([linear], folds, [Cost(0.0001, FREE)]) == []
    assert shortened([whole], folds, [Cost(0.0001, FREE)]) == []


def test_what_takes_too_long_to_predict_is_left_out():
    folds = folds_of(problem_of("multiclass", 200), SETTINGS)
    whole = candidate_of("trees", folds)
    cost = cost_of_fits([whole])
    limits = [Cost(share * cost.microseconds, FREE) for share in (0.6, 0.8)]
    fewer, more = (rounds_within(limit, whole) for limit in limits)
    # Each of 300 rows is predicted once, by a tree of each class in each round.
    seconds = [300 * 3 * np.mean(counts) * TREE_SECONDS for counts in (fewer, more)]
    assert [one.settings["rounds"] for one in shortened([whole], folds, limits, 1.01 * seconds[0])] == [
        round(np.mean(fewer))
    ]
    assert len(shortened([whole], folds, limits, 1.01 * seconds[1])) == 2
    assert shortened([whole], folds, limits, 0.99 * seconds[0]) == []


def test_first_rounds_of_a_model_that_the_deadline_ended_lack_nothing():
    folds = single_split(problem_of("regression", 400), SETTINGS)
    whole = candidate_of("trees", folds)
    cut = replace(whole, models=[replace(model, cut="40 of at most 5000 rounds") for model in whole.models])
    [found] = shortened([cut], folds, [Cost(0.7 * cost_of_fits([cut]).microseconds, FREE)])
    assert (cut.cut, found.cut) == ("40 of at most 5000 rounds", "")


def test_small_limit_exports_the_first_rounds_where_a_linear_model_knows_nothing(monkeypatch):
    # The label is an even function of two numbers, so that a linear model is hardly better than the mean.
    draw = np.random.default_rng(5)
    columns = {name: draw.normal(size=900).astype(np.float32) for name in ("a_xf", "b_xf")}
    labels = np.cos(3 * columns["a_xf"]) + columns["b_xf"] ** 2
    splits = [slice(600), slice(600, 900)]
    parts = [({name: each[rows] for name, each in columns.items()}, labels[rows]) for rows in splits]
    problem = Problem(Columns(["a_xf", "b_xf"], [], {}), "regression", 0, *parts)
    monkeypatch.setattr(auto, "FAMILIES", ("linear", "trees"))
    monkeypatch.setattr(auto, "MAX_RACES", 0)
    monkeypatch.setattr(auto.Search, "_first", lambda *_: [{}])
    most = 2.0
    fitted = fitting.fit(problem, {**SETTINGS, "learning_rate": 0.02, "time_limit": 1e6, "max_row_microseconds": most})
    board = fitted.report["leaderboard"]
    found = {(one.family, "rounds" in one.settings): one for one in board.models}
    assert found["trees", False].row_microseconds > most
    assert found["trees", True].weight == 1.0
    assert board.row_microseconds <= most
    assert found["trees", True].value < 0.7 * found["linear", False].value
