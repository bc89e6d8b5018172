"""Exact Shapley values of trees: those of LightGBM's own TreeSHAP, and of the definition."""

import numpy as np
import pytest

from modules.families.problem import Columns, Problem
from modules.families.trees import booster, training
from tests.modules.families.problems import COLUMNS, SETTINGS, problem_of, rows_of
from tests.modules.families.trees.brute_force import shapley_values

pytestmark = pytest.mark.slow

EXPLAINED = {**SETTINGS, "rounds": 25, "explain": True}


def explanation(model, rows):
    """Return the base [units], the contributions [rows, columns, units] and the raw scores [rows, units]."""
    import tensorflow as tf

    given = {name: tf.constant(values) for name, values in rows.items()}
    scores, base, contributions = tf.function(model.explained, autograph=False)(given)
    np.testing.assert_array_equal(scores, model.raw_scores(given))
    return base.numpy(), contributions.numpy(), scores.numpy()


def by_lightgbm(trained, rows):
    """Return what LightGBM computes: the base [units], and the contributions by column [rows, columns, units]."""
    matrix = trained.columns.matrix(rows)
    found = np.asarray(trained.booster.predict(matrix, pred_contrib=True))
    found = found.reshape(len(matrix), trained.units, -1)
    contributions = np.zeros((len(matrix), trained.columns.width, trained.units))
    for feature, column in enumerate(trained.columns.sources):
        contributions[:, column] += found[:, :, feature]
    return found[0, :, -1], contributions


def check(trained, rows):
    base, contributions, scores = explanation(trained.export(), rows)
    expected_base, expected = by_lightgbm(trained, rows)
    scale = max(1.0, float(np.abs(scores).max()))
    np.testing.assert_allclose(base, expected_base, atol=1e-9 * scale)
    np.testing.assert_allclose(contributions, expected, atol=1e-9 * scale)
    np.testing.assert_allclose(base + contributions.sum(axis=1), scores, atol=1e-9 * scale)
    return contributions


@pytest.mark.parametrize(
    "more",
    [
        {"leaves": 6, "class_weights": "balanced"},
        {"leaves": 130, "parameters": {"min_data_in_leaf": 1}},
        {"ranked": True},
        {"parameters": {"extra_trees": True, "feature_fraction": 1.0}},
    ],
    ids=["few leaves", "many leaves", "ranks of categories", "random thresholds"],
)
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_thousand_rows_have_the_contributions_of_lightgbm(task, more):
    rows = rows_of(1000, seed=11, unseen=True)
    rows["miles_xf"][:3] = [3e38, -3e38, 0]
    trained = training.train(problem_of(task, 1500), {**EXPLAINED, **more})
    contributions = check(trained, rows)
    names = COLUMNS.names
    used = {names[column] for column in np.flatnonzero(np.abs(contributions).sum(axis=(0, 2)))}
    assert {"miles_xf", "kind_xf", "text_xf"} <= used
    # The number is NaN where its flag is set, so that the flag is no feature of its own.
    assert "miles_xf_missing" not in used


@pytest.mark.parametrize("compares", [False, True])
def test_rows_are_binned_once_for_scores_and_contributions(monkeypatch, compares):
    from modules.families.trees import forest, leaf_forest

    problem, rows = problem_of("multiclass", 1500), rows_of(1500, seed=4, unseen=True)
    trained = training.train(problem, {**EXPLAINED, "ranked": True})
    monkeypatch.setattr(forest, "compares_nodes", lambda *_: compares)
    check(trained, rows)
    model = trained.export()
    assert len([each for each in model.submodules if isinstance(each, leaf_forest.Bins)]) == 1
    assert any(isinstance(each, leaf_forest.LeafForest) for each in model.submodules) != compares


def test_values_are_those_of_the_definition():
    trained = training.train(problem_of("binary", 800), {**EXPLAINED, "rounds": 6, "leaves": 12})
    rows = rows_of(12, seed=3, unseen=True)
    matrix, sources = trained.columns.matrix(rows), trained.columns.sources
    trees = booster.read(trained.booster.model_to_string())
    base, contributions, _ = explanation(trained.export(), rows)
    for number, row in enumerate(matrix):
        parts = [shapley_values(tree, row, len(sources)) for tree in trees]
        expected = np.zeros(trained.columns.width)
        np.add.at(expected, sources, sum(values for values, _ in parts))
        np.testing.assert_allclose(contributions[number, :, 0], expected, atol=1e-12)
        assert sum(start for _, start in parts) == pytest.approx(base[0], abs=1e-12)


def numbers_problem(values, labels, task="regression"):
    """Return a problem of one number without missing values and one that misses some."""
    flags = np.isnan(values[:, 1]).astype(np.float32)
    columns = Columns(["a_xf", "b_xf"], ["b_xf_missing"], {})
    rows = {"a_xf": values[:, 0], "b_xf": np.nan_to_num(values[:, 1]), "b_xf_missing": flags}
    rows = {name: column.astype(np.float32) for name, column in rows.items()}
    return Problem(columns, task, 0, (rows, labels), (rows, labels))


def test_tree_without_a_split_has_a_base_alone():
    problem = numbers_problem(np.zeros((50, 2)), np.linspace(0, 5, 50).astype(np.float32))
    trained = training.train(problem, EXPLAINED)
    base, contributions, scores = explanation(trained.export(), problem.train[0])
    assert base.tolist() == pytest.approx([2.5])
    assert not contributions.any()
    np.testing.assert_allclose(scores, 2.5, rtol=1e-6)
    assert contributions.shape == (50, 3, 1)


@pytest.mark.parametrize("unit", [1e-38, 1e-7, 1.0, 1e30])
def test_numbers_that_differ_by_little_or_by_much_are_split_as_lightgbm_does(unit):
    draw = np.random.default_rng(8)
    values = (1 + draw.normal(size=(900, 2)) * 1e-5) * unit
    values[draw.random(900) < 0.2, 1] = np.nan
    values = values.astype(np.float32).astype(np.float64)
    labels = (values[:, 0] > np.median(values[:, 0])) * 2.0 + np.isnan(values[:, 1])
    problem = numbers_problem(values, labels.astype(np.float32))
    check(training.train(problem, {**EXPLAINED, "parameters": {"feature_fraction": 1.0}}), problem.train[0])


def test_label_of_large_numbers_adds_up_to_a_hundred_thousandth():
    problem = numbers_problem(np.random.default_rng(2).normal(size=(600, 2)), np.arange(600) * np.float32(1e4))
    base, contributions, scores = explanation(training.train(problem, EXPLAINED).export(), problem.train[0])
    assert np.abs(scores).max() > 3e6
    assert np.abs(base + contributions.sum(axis=1) - scores).max() < 1e-5


@pytest.mark.parametrize("count", [0, 1, 255, 257])
def test_any_number_of_rows_is_explained(count):
    trained = training.train(problem_of("multiclass"), {**EXPLAINED, "rounds": 3})
    rows = rows_of(count, seed=5)
    if count:
        check(trained, rows)
    else:
        assert explanation(trained.export(), rows)[1].shape == (0, len(COLUMNS.names), 3)


def test_rows_and_paths_in_small_steps_have_the_same_contributions(monkeypatch):
    from modules.families.trees import shapley

    trained, rows = training.train(problem_of("regression", 900), EXPLAINED), rows_of(70, seed=6)
    expected = explanation(trained.export(), rows)[1]
    monkeypatch.setattr(shapley, "STEP_VALUES", 50)
    monkeypatch.setattr(shapley, "MAX_ROWS", 7)
    np.testing.assert_allclose(explanation(trained.export(), rows)[1], expected, atol=1e-9)
