"""`auto` with explanations: raw scores are averaged, networks are left out, and what is exported is explained."""

from dataclasses import replace

import numpy as np
import pytest

from modules.families.auto.pooling import Pooling
from tests.modules.families.problems import LINKS, SETTINGS, problem_of, rows_of
from tests.modules.families.test_explanation import check

pytestmark = pytest.mark.slow

SHARES = [np.array([[0.5], [0.1]]), np.array([[0.9], [0.1]])]


def test_probabilities_are_averaged_as_they_are():
    found = Pooling("sigmoid").pooled(SHARES, [0.5, 0.5])
    np.testing.assert_allclose(found, [[0.7], [0.1]])


def test_log_odds_are_averaged_if_the_model_is_explained():
    # Odds of 1 and 9 have the geometric mean 3.
    np.testing.assert_allclose(Pooling("sigmoid", is_raw=True).pooled(SHARES, [0.5, 0.5]), [[0.75], [0.1]])


def test_scores_of_classes_are_averaged_if_the_model_is_explained():
    shares = [np.array([[0.8, 0.2, 0.0]]), np.array([[0.2, 0.8, 0.0]])]
    np.testing.assert_allclose(Pooling("softmax", is_raw=True).pooled(shares, [0.5, 0.5]), [[0.5, 0.5, 0]], atol=1e-12)


def test_numbers_have_one_mean_either_way():
    assert Pooling("identity", is_raw=True).pooled([np.ones((1, 1)), np.zeros((1, 1))], [0.25, 0.75]) == 0.25


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_exported_ensemble_is_explained_and_predicts_as_it_was_selected(monkeypatch, task):
    from modules.families.auto.fitting import exported, held_out, selected
    from modules.families.auto.search import Search
    from modules.families.deadline import Deadline

    monkeypatch.setattr("modules.families.auto.search.FAMILY_RATIO", 100.0)
    search = Search(problem_of(task, 200), {**SETTINGS, "rounds": 15, "time_limit": None, "explain": True})
    search.deadline = Deadline()
    search.try_families()
    linear = set() if task == "multiclass" else {"trees with linear leaves"}
    assert search.left_out == dict.fromkeys({"neural", *linear}, "cannot be explained exactly")
    families = [candidate.family for candidate in search.candidates]
    assert set(families) == {"constant", "linear", "trees"}
    weights = {families.index("linear"): 0.5, families.index("trees"): 0.5}
    rows = rows_of(60, seed=8, unseen=True)
    for is_refitted in (False, True):
        chosen = replace(selected(search), weights=weights, is_refitted=is_refitted)
        model, _ = exported(search, chosen)
        check(model, task, rows)
    # Of the models of the folds that did not see a row, the mean is what the loss was computed from.
    pooled = Pooling(LINKS[task], is_raw=True).pooled(
        [search.candidates[place].scores for place in weights], [0.5, 0.5]
    )
    np.testing.assert_allclose(held_out(search, chosen).scores, pooled)
    simple = replace(chosen, weights={families.index("constant"): 1.0})
    check(exported(search, simple)[0], task, rows)
