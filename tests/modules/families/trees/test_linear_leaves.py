"""Trees with linear leaves as a graph: the predictions are LightGBM's own, with missing and with extreme values."""

import numpy as np
import pytest

from modules.families.problem import Columns, Problem
from modules.families.trees import booster, leaf_tables, linear_leaves, training
from tests.modules.families.problems import COLUMNS, KINDS, SETTINGS, problem_of, rows_of
from tests.modules.families.trees.test_forest import saved, scored

pytestmark = pytest.mark.slow

LINEAR = {**SETTINGS, "rounds": 30, "parameters": {"linear_tree": True, "linear_lambda": 0.1}}


@pytest.fixture(scope="module")
def forest():
    from modules.families.trees import forest

    return forest


def difference(found, expected):
    """Return the greatest difference, relative to the size of numbers."""
    return (np.abs(found - expected) / np.abs(expected).clip(1)).max()


def extreme_rows(count):
    """Return rows of which a tenth of the numbers is missing, and the first ones are far away."""
    rows = rows_of(count, seed=11, unseen=True)
    rows["miles_xf"][:5] = [3e38, -3e38, 0, np.inf, -np.inf]
    rows["miles_xf_missing"][:5] = 0
    return rows


@pytest.mark.parametrize("leaves", [6, 12, 31, 63, 130])
@pytest.mark.parametrize("task", ["regression", "binary"])
def test_saved_model_predicts_as_lightgbm_does(forest, task, leaves, tmp_path):
    trained = training.train(problem_of(task, 1500), {**LINEAR, "leaves": leaves})
    assert any(len(tree.columns) for tree in booster.read(trained.booster.model_to_string()))
    rows = extreme_rows(2100)
    expected = trained.predict(rows)
    assert np.isfinite(expected).all()
    loaded = saved(trained.export(), COLUMNS, tmp_path)
    assert difference(scored(loaded.score, rows), expected) < 1e-6


@pytest.mark.parametrize(("sign", "shift", "missing"), [(1, 1, 0.3), (-1, 1, 0.9), (1, 2.0**24, 0.9), (1, 1, 0)])
def test_numbers_beyond_the_limits_go_where_the_nearest_ones_inside_go(forest, sign, shift, missing):
    # A node that separates missing numbers from all others has a threshold outside the limits.
    draw = np.random.default_rng(6)
    parts = []
    for count in (300, 150, 400):
        flags = (draw.random(count) < missing).astype(np.float32)
        values = (sign * (shift + 9 * np.abs(draw.normal(size=count))) * (1 - flags)).astype(np.float32)
        other = draw.normal(size=count).astype(np.float32)
        labels = 3 * flags + np.tanh(values) + other + 0.1 * draw.normal(size=count)
        parts.append(({"a_xf": values, "a_xf_missing": flags, "b_xf": other}, labels.astype(np.float32)))
    train, validation, (rows, _) = parts
    columns = Columns(["a_xf", "b_xf"], ["a_xf_missing"], {})
    trained = training.train(Problem(columns, "regression", 0, train, validation), LINEAR)
    far = np.array([0, 1, -1, 1e9, -1e9, 3e38, -3e38, np.inf, -np.inf], np.float32)
    rows["a_xf"] = np.where(rows["a_xf_missing"] > 0, 0, draw.choice(far, 400)).astype(np.float32)
    assert difference(scored(trained.export(), rows), trained.predict(rows)) < 1e-6


def test_rows_without_a_number_have_the_plain_values_of_leaves(forest):
    trained = training.train(problem_of("regression", 1500), LINEAR)
    rows = rows_of(400, seed=3)
    for name in [name for name in rows if name.endswith("_missing")]:
        rows[name][:] = 1
    assert difference(scored(trained.export(), rows), trained.predict(rows)) < 1e-6


@pytest.mark.parametrize("kind", ["numbers", "vectors"])
def test_numbers_that_are_never_missing_have_linear_leaves_too(forest, kind):
    columns = KINDS[kind]
    trained = training.train(problem_of("regression", 600, columns), LINEAR)
    rows = {name: rows_of(300, seed=4)[name] for name in columns.names}
    assert difference(scored(trained.export(), rows), trained.predict(rows)) < 1e-6


def test_numbers_outside_the_limits_count_as_the_nearest_ones_inside():
    trained = training.train(problem_of("regression", 1500), LINEAR)
    rows = {name: np.repeat(values[:1], 3, axis=0) for name, values in rows_of(1, seed=4).items()}
    known = problem_of("regression", 1500).train[0]["miles_xf"].max()
    rows["miles_xf"][:], rows["miles_xf_missing"][:] = [known, 50 * known, np.inf], 0
    assert len(set(trained.predict(rows)[:, 0])) == 1


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_boosters_with_linear_and_with_constant_leaves_are_averaged(forest, task, tmp_path):
    problem = problem_of(task, 1500)
    every = [
        training.train(problem, {**settings, "rounds": 9 + seed, "seed": seed, "leaves": leaves})
        for seed, (settings, leaves) in enumerate([(LINEAR, 6), (SETTINGS, 6), (LINEAR, 6), (LINEAR, 20)])
    ]
    weights = [0.1, 0.2, 0.3, 0.4]
    rows = extreme_rows(700)
    expected = sum(weight * one.predict(rows) for weight, one in zip(weights, every, strict=True))
    loaded = saved(forest.trees_model(every, weights), COLUMNS, tmp_path)
    assert difference(scored(loaded.score, rows), expected) < 1e-6


def test_linear_forest_cut_into_groups_scores_the_same(forest, monkeypatch):
    both = [training.train(problem_of("regression", 1500), {**LINEAR, "seed": seed}) for seed in (1, 2)]
    rows = extreme_rows(300)
    monkeypatch.setattr(leaf_tables, "TABLES_AND_LINES", ((4_000, 0),))
    model = forest.trees_model(both, [0.5, 0.5])
    assert model._forests[0]._groups > 3
    assert difference(scored(model, rows), (both[0].predict(rows) + both[1].predict(rows)) / 2) < 1e-6


def test_trees_of_all_rows_have_linear_leaves(forest):
    trained = training.retrain(problem_of("regression", 600), LINEAR, 12)
    rows = extreme_rows(300)
    assert difference(scored(trained.export(), rows), trained.predict(rows)) < 1e-6


@pytest.mark.parametrize("ranked", [False, True])
def test_categories_are_split_and_have_no_coefficients(ranked):
    trained = training.train(problem_of("regression", 1500), {**LINEAR, "ranked": ranked})
    terms = {int(column) for tree in booster.read(trained.booster.model_to_string()) for column in tree.columns}
    assert terms
    assert not terms & set(trained.columns.categories)


def test_trees_without_a_split_are_a_constant(forest):
    columns = Columns(["a_xf"], ["a_xf_missing"], {})
    rows = {"a_xf": np.zeros(50, np.float32), "a_xf_missing": np.zeros(50, np.float32)}
    part = rows, np.arange(50).astype(np.float32)
    trained = training.train(Problem(columns, "regression", 0, part, part), LINEAR)
    np.testing.assert_allclose(scored(trained.export(), rows), 24.5, rtol=1e-6)


def test_tables_have_the_functions_of_leaves_at_their_places():
    trained = training.train(problem_of("regression", 600), {**LINEAR, "leaves": 40, "rounds": 3})
    trees = booster.read(trained.booster.model_to_string())
    tables = leaf_tables.leaf_tables(trees, trained.columns.categories, [0] * len(trees))
    linear = linear_leaves.linear_tables(trees, tables)
    [tree, *_] = trees[1:]
    place = (tables.word + 1) * -(-len(trees[0].leaves) // tables.word)
    assert linear.constants[0, place] == tree.constants[0]
    mine = dict(zip(tree.columns[: tree.terms[0]], tree.coefficients[: tree.terms[0]], strict=True))
    expected = [mine.get(column, 0.0) for column in linear.columns]
    assert linear.coefficients[0, place].tolist() == expected
    assert linear.used[0, place] == sum(1 << place for place, column in enumerate(linear.columns) if column in mine)
    assert not linear.coefficients[:, tables.word].any()
