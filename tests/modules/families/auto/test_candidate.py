"""A candidate of `auto`: folds, held-out predictions, and when a candidate is given up."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from modules.families.auto import candidate
from modules.families.auto.candidate import folds_of
from modules.families.deadline import Deadline, network_saving_seconds
from tests.modules.families.problems import COLUMNS, SETTINGS, problem_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_folds_of_a_small_table_hold_out_each_row_once(task):
    problem = problem_of(task, 100)
    folds = folds_of(problem, SETTINGS)
    assert len(folds.problems) == candidate.FOLDS
    assert sorted(np.concatenate(folds.places).tolist()) == list(range(150))
    for fold, places in zip(folds.problems, folds.places, strict=True):
        assert len(fold.train[1]) + len(fold.validation[1]) == 150
        np.testing.assert_array_equal(fold.validation[1], folds.labels[places])
        both = np.concatenate([fold.train[0]["at_xf"], fold.validation[0]["at_xf"]])
        assert sorted(both) == sorted(np.concatenate([problem.train[0]["at_xf"], problem.validation[0]["at_xf"]]))


def test_each_fold_has_its_share_of_every_class():
    problem = problem_of("multiclass", 100)
    shares = [np.bincount(fold.validation[1], minlength=3) for fold in folds_of(problem, SETTINGS).problems]
    assert np.ptp(shares, axis=0).max() <= 1


@pytest.mark.parametrize("count", [8, 20_000])
def test_tiny_and_large_tables_keep_their_validation_rows(count):
    problem = problem_of("binary", 10)
    if count > 10:
        problem = replace(problem, train=({"at_xf": np.zeros(count)}, np.zeros(count)))
    folds = folds_of(problem, SETTINGS)
    assert folds.problems == [problem]
    np.testing.assert_array_equal(folds.labels, problem.validation[1])


@pytest.mark.parametrize(("late", "cut"), [((), ""), ((1, 3), "7 of at most 9 rounds in 2 of 5 folds")])
def test_candidate_reports_the_folds_that_the_deadline_cut_short(late, cut):
    models = [SimpleNamespace(cut="7 of at most 9 rounds" if fold in late else "") for fold in range(5)]
    scores = np.zeros((1, 1))
    assert candidate.Candidate("trees", {}, models, scores, 0.0, [], 1.0).cut == cut
    one = candidate.Candidate("trees", {}, models[1:2], scores, 0.0, [], 1.0)
    assert one.cut == cut.removesuffix(" in 2 of 5 folds")


def test_first_folds_have_only_their_own_rows():
    problem = problem_of("binary", 100)
    folds = folds_of(problem, {**SETTINGS, "class_weights": "balanced"})
    part, rows = folds.first(2)
    assert sorted(rows) == sorted(np.concatenate(folds.places[:2]))
    scores = np.random.default_rng(1).random((150, 1))
    for fold in (0, 1):
        places = folds.places[fold]
        assert part.loss_of_fold(scores[places], fold) == folds.loss_of_fold(scores[places], fold)
        np.testing.assert_array_equal(rows[part.places[fold]], places)
    whole, rows = folds.first(5)
    assert whole.loss(scores[rows]) == folds.loss(scores)


def test_class_weights_count_in_the_loss():
    problem = problem_of("binary", 300)
    folds = folds_of(problem, {**SETTINGS, "class_weights": "balanced"})
    scores = np.full((450, 1), 0.5)
    scores[folds.labels > 0] = 0.9
    plain = folds_of(problem, SETTINGS)
    assert folds.loss(scores) == pytest.approx(-(math.log(0.5) + math.log(0.9)) / 2)
    assert folds.loss(scores) != pytest.approx(plain.loss(scores))


def test_candidate_of_fewer_folds_has_their_models_and_the_loss_of_their_rows():
    folds = folds_of(problem_of("binary", 100), SETTINGS)
    models, scores = [SimpleNamespace(cut="") for _ in range(5)], np.random.default_rng(1).random((150, 1))
    losses = [folds.loss_of_fold(scores[places], fold) for fold, places in enumerate(folds.places)]
    whole = candidate.Candidate("trees", {}, models, scores, folds.loss(scores), losses, 5.0)
    part, rows = folds.first(2)
    less = whole.first(part, rows)
    assert (less.models, less.losses, less.seconds) == (models[:2], losses[:2], 2.0)
    assert less.loss == part.loss(scores[rows])


def test_cost_of_a_network_is_estimated_from_its_columns():
    columns = replace(COLUMNS, categories={"kind_xf": COLUMNS.categories["kind_xf"]})
    problem = problem_of("binary", 60, columns)
    found = candidate.train("neural", problem, {**SETTINGS, "epochs": 1}, Deadline.after(600))
    assert found.export_seconds == network_saving_seconds(columns)
    assert 0 < found.cost.megabytes < 1
    assert (found.epochs, len(found.curves)) == (1, 1)
